import type { Refused } from '../../core/outbox';
import { leadsToField } from '../../core/remedy';
import { Bdi } from '../../ui/bdi';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { useWords } from '../../ui/words';
import { RemedyButton } from './remedy-button';
import styles from './stage.module.css';
import { StageHeading } from './stage-heading';

export interface StageRefusedProps {
  refused: Refused;
  onSendAgain(): void;
  onClose(): void;
}

/** A request was refused that is not what stands in the form: why, and the way on that touches no field of it. */
export function StageRefused({ refused: { row, problem }, onSendAgain, onClose }: StageRefusedProps) {
  const { t, explain } = useWords();
  return (
    <div className={styles.ended} role="alert" data-testid="refused">
      <span className={styles.sign}>
        <Icon name="alert" size={30} />
      </span>
      <StageHeading testId="refused-title">{explain(problem)}</StageHeading>
      <p className={styles.prompt}>
        “<Bdi>{row.input.prompt}</Bdi>”
      </p>
      <div className={styles.actions}>
        {!leadsToField(problem.code) && (
          <RemedyButton look="primary" problem={problem} waiting={false} onSend={onSendAgain} />
        )}
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
    </div>
  );
}
