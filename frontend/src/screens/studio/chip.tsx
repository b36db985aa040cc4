import { Bdi } from '../../ui/bdi';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { Picture } from '../../ui/picture';
import { useWords } from '../../ui/words';
import styles from './chip.module.css';

export interface ChipProps {
  photoUrl: string | null;
  prompt: string;
  ratio: string;
  onEdit(): void;
}

/** The form, folded: on phones the stage needs the room. */
export function Chip({ photoUrl, prompt, ratio, onEdit }: ChipProps) {
  const { t } = useWords();
  return (
    <div className={styles.chip} data-testid="chip">
      {photoUrl ? (
        <Picture src={photoUrl} alt="" />
      ) : (
        <span className={styles.sign}>
          <Icon name="pen" />
        </span>
      )}
      <p>
        <span className={styles.words}>{prompt ? <Bdi>{prompt}</Bdi> : t('your_request')}</span>
        <span className={styles.ratio}>{ratio}</span>
      </p>
      <Button look="quiet" onClick={onEdit}>
        {t('edit')}
      </Button>
    </div>
  );
}
