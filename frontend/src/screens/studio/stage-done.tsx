import { useEffect } from 'react';
import type { Config, Job } from '../../core/api.types';
import { duration } from '../../core/format';
import { elapsedMs } from '../../core/job';
import { Bdi } from '../../ui/bdi';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { Result } from './result';
import { ResultDetails } from './result-details';
import styles from './stage.module.css';
import { StageHeading } from './stage-heading';
import { StageOpening } from './stage-opening';
import { useDecoded } from './use-decoded';

export interface StageDoneProps {
  job: Job;
  config: Config | null;
  /** It has become done before our eyes: reveal it and, if nobody is elsewhere, take the focus. */
  fresh: boolean;
  onAgain(): void;
  onAgainSame(): void;
  onReuse(): void;
  onOpen(id: string): void;
  onDelete(): void;
}

export function StageDone(props: StageDoneProps) {
  const { job, config, fresh } = props;
  const { t, lang } = useWords();
  const { announce } = useNotices();
  const { state, again } = useDecoded(job.result_url);
  const ready = state === 'ready';
  useEffect(() => {
    if (ready && fresh) announce(t('title_done'));
  }, [ready, fresh, announce, t]);

  if (!ready) return <StageOpening job={job} state={state} onAgain={again} />;
  return (
    <>
      <div className={styles.head}>
        <StageHeading testId="done" end={fresh}>
          {t('done', { t: duration(elapsedMs(job, 0), lang) })}
        </StageHeading>
        <p className={styles.sub}>
          {config?.simulator && (
            <span className={styles.badge}>
              <Icon name="flask" size={16} />
              {t('simulator_made')}
            </span>
          )}
          {job.credits.charged > 0 && <span>{t('done_credits', { n: job.credits.charged })}</span>}
        </p>
      </div>
      <Result {...props} />
      <div className={styles.foot}>
        <p className={styles.prompt}>
          “<Bdi>{job.prompt}</Bdi>”
        </p>
        <Button
          look="quiet"
          icon="trash"
          aria-label={t('delete')}
          title={t('delete')}
          onClick={props.onDelete}
        />
      </div>
      <ResultDetails job={job} onAgainSame={props.onAgainSame} onOpen={props.onOpen} />
    </>
  );
}
