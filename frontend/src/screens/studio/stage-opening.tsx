import type { Job } from '../../core/api.types';
import { Button, LinkButton } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { useWords } from '../../ui/words';
import styles from './stage.module.css';
import { StageHeading } from './stage-heading';
import { JobWorking } from './stage-working';
import type { Decoding } from './use-decoded';

/** A finished picture that is not on the screen yet: what was seen last stays, and there is always a way on. */
export function StageOpening({ job, state, onAgain }: { job: Job; state: Decoding; onAgain(): void }) {
  const { t } = useWords();
  const ways = (
    <div className={styles.actions}>
      <Button look="primary" icon="retry" onClick={onAgain}>
        {t('open_again')}
      </Button>
      {job.download_url && (
        <LinkButton icon="save" href={job.download_url} download="">
          {t('save')}
        </LinkButton>
      )}
    </div>
  );
  if (state === 'failed') {
    return (
      <div className={styles.ended} role="alert" data-testid="unopened">
        <span className={`${styles.sign} ${styles.calm}`}>
          <Icon name="photo" size={30} />
        </span>
        <StageHeading testId="unopened-title" end>
          {t('opening_failed')}
        </StageHeading>
        {ways}
      </div>
    );
  }
  return (
    <div className={styles.job}>
      <JobWorking job={job} headline={t(state === 'late' ? 'opening_late' : 'now_opening')} />
      {state === 'late' && ways}
    </div>
  );
}
