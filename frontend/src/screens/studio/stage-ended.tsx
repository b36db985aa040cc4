import type { Job } from '../../core/api.types';
import { creditOutcome } from '../../core/job';
import { Problem } from '../../core/problem';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { type Speaker, useWords } from '../../ui/words';
import styles from './stage.module.css';
import { Timeline } from './timeline';

export interface StageEndedProps {
  job: Job;
  onRetry(): void;
  onChangePhoto(): void;
  onAgain(): void;
  onDelete(): void;
}

function creditsSentence({ t }: Speaker, job: Job): string | null {
  const outcome = creditOutcome(job);
  switch (outcome.kind) {
    case 'charged':
      return t('credits_charged', { n: outcome.n });
    case 'returned':
      return t('credits_returned', { n: outcome.n });
    case 'none':
      return t('credits_none');
    default:
      return null;
  }
}

/** Failed or cancelled: the cause, what became of the credits, the next step. */
export function StageEnded({ job, onRetry, onChangePhoto, onAgain, onDelete }: StageEndedProps) {
  const words = useWords();
  const { t } = words;
  const failed = job.status === 'failed';
  const title = failed
    ? words.explain(job.error ? Problem.fromJob(job.error) : new Problem('provider_failed'))
    : t('cancelled');
  const aboutPhoto = job.error?.fault === 'user' && job.image_url !== null;
  return (
    <>
      <div className={styles.ended} role={failed ? 'alert' : undefined} data-testid={job.status}>
        <span className={`${styles.sign} ${failed ? '' : styles.calm}`}>
          <Icon name={failed ? 'alert' : 'stop'} size={30} />
        </span>
        <h2>{title}</h2>
        <p className={styles.sub}>{creditsSentence(words, job)}</p>
        <p className={styles.prompt}>“{job.prompt}”</p>
        <div className={styles.actions}>
          <Button look="primary" icon={failed ? 'retry' : 'spark'} onClick={failed ? onRetry : onAgain}>
            {failed ? t('retry') : t('again')}
          </Button>
          {failed && (
            <Button onClick={aboutPhoto ? onChangePhoto : onAgain}>
              {t(aboutPhoto ? 'change_photo' : 'edit')}
            </Button>
          )}
          <Button look="quiet" icon="trash" onClick={onDelete}>
            {t('delete')}
          </Button>
        </div>
      </div>
      <Timeline job={job} nowMs={0} />
    </>
  );
}
