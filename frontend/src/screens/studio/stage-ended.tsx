import { useEffect, useState } from 'react';
import type { Job } from '../../core/api.types';
import { creditOutcome } from '../../core/job';
import { Problem } from '../../core/problem';
import { remedyOf } from '../../core/remedy';
import { Bdi } from '../../ui/bdi';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { useNotices } from '../../ui/notices';
import { type Speaker, useWords } from '../../ui/words';
import { ReportSheet } from './report-sheet';
import styles from './stage.module.css';
import { StageHeading } from './stage-heading';
import { Timeline } from './timeline';

export interface StageEndedProps {
  job: Job;
  /** It has ended before our eyes. */
  fresh: boolean;
  onRetry(): Promise<void>;
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
export function StageEnded(props: StageEndedProps) {
  const { job, fresh } = props;
  const words = useWords();
  const { t } = words;
  const { announce } = useNotices();
  const [reporting, setReporting] = useState(false);
  const failed = job.status === 'failed';
  const title = failed
    ? words.explain(job.error ? Problem.fromJob(job.error) : new Problem('provider_failed'))
    : t('cancelled');
  const credits = creditsSentence(words, job);
  useEffect(() => {
    if (fresh && !failed) announce(`${title} ${credits ?? ''}`.trim());
  }, [fresh, failed, title, credits, announce]);

  return (
    <>
      <div className={styles.ended} role={failed ? 'alert' : undefined} data-testid={job.status}>
        <span className={`${styles.sign} ${failed ? '' : styles.calm}`}>
          <Icon name={failed ? 'alert' : 'stop'} size={30} />
        </span>
        <StageHeading testId="ended-title" end={fresh}>
          {title}
        </StageHeading>
        {credits && <p className={styles.sub}>{credits}</p>}
        <p className={styles.prompt}>
          “<Bdi>{job.prompt}</Bdi>”
        </p>
        <div className={styles.actions}>
          <Ways {...props} />
          {failed && (
            <Button look="quiet" onClick={() => setReporting(true)}>
              {t('report')}
            </Button>
          )}
          <Button look="quiet" icon="trash" onClick={props.onDelete}>
            {t('delete')}
          </Button>
        </div>
      </div>
      <Timeline job={job} nowMs={0} />
      {reporting && <ReportSheet job={job} onClose={() => setReporting(false)} />}
    </>
  );
}

/** The way that the cause asks for comes first. */
function Ways({ job, onRetry, onChangePhoto, onAgain }: StageEndedProps) {
  const { t } = useWords();
  const [retrying, setRetrying] = useState(false);
  const retry = async () => {
    if (retrying) return;
    setRetrying(true);
    await onRetry();
    setRetrying(false);
  };
  if (job.status === 'cancelled') {
    return (
      <Button look="primary" icon="spark" onClick={onAgain}>
        {t('again')}
      </Button>
    );
  }
  const way = remedyOf(job.error?.code ?? '')?.way ?? 'send';
  const first = way === 'photo' && job.image_url ? 'photo' : way === 'prompt' ? 'prompt' : 'send';
  return (
    <>
      {first === 'photo' && (
        <Button look="primary" icon="photo" onClick={onChangePhoto}>
          {t('act_photo')}
        </Button>
      )}
      {first === 'prompt' && (
        <Button look="primary" icon="pen" onClick={onAgain}>
          {t('edit')}
        </Button>
      )}
      <Button
        look={first === 'send' ? 'primary' : 'normal'}
        icon={retrying ? undefined : 'retry'}
        aria-disabled={retrying}
        onClick={() => void retry()}
      >
        {t(retrying ? 'working' : 'retry')}
      </Button>
      {first !== 'photo' && job.image_url && <Button onClick={onChangePhoto}>{t('change_photo')}</Button>}
      {first !== 'prompt' && <Button onClick={onAgain}>{t('edit')}</Button>}
    </>
  );
}
