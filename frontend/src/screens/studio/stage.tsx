import type { Job } from '../../core/api.types';
import { bytes } from '../../core/format';
import { aspectOfRatio, isOpen } from '../../core/job';
import type { Problem } from '../../core/problem';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { useWords } from '../../ui/words';
import styles from './stage.module.css';
import { StageDone } from './stage-done';
import { StageEmpty } from './stage-empty';
import { StageEnded } from './stage-ended';
import { StageJob } from './stage-job';
import { StageWorking } from './stage-working';
import type { Sending } from './use-submit';

export interface StageProps {
  sending: Sending | null;
  jobId: string | null;
  job: Job | null;
  problem: Problem | null;
  simulator: boolean;
  fresh: boolean;
  onSample(): void;
  onAbort(): void;
  onCancel(job: Job): Promise<void>;
  onRetry(job: Job): void;
  onAgain(): void;
  onReuse(job: Job): Promise<void>;
  onChangePhoto(): void;
  onDelete(job: Job): void;
  onLeave(): void;
  onReread(): void;
}

/** What the right side shows: always exactly one state. */
export function Stage(props: StageProps) {
  const { t } = useWords();
  return (
    <section id="stage" className={styles.stage} aria-label={t('stage')}>
      <State {...props} />
    </section>
  );
}

function State(props: StageProps) {
  const { sending, jobId, job, problem } = props;
  if (sending) return <Uploading sending={sending} onAbort={props.onAbort} />;
  if (!jobId) return <StageEmpty onSample={props.onSample} />;
  if (problem) return <Missing {...props} problem={problem} />;
  if (!job) return <Opening />;
  if (isOpen(job)) return <StageJob key={job.id} job={job} onCancel={() => props.onCancel(job)} />;
  if (job.status === 'done') {
    return (
      <StageDone
        key={job.id}
        job={job}
        simulator={props.simulator}
        fresh={props.fresh}
        onAgain={props.onAgain}
        onReuse={() => props.onReuse(job)}
        onDelete={() => props.onDelete(job)}
      />
    );
  }
  return (
    <StageEnded
      key={job.id}
      job={job}
      onRetry={() => props.onRetry(job)}
      onChangePhoto={props.onChangePhoto}
      onAgain={props.onAgain}
      onDelete={() => props.onDelete(job)}
    />
  );
}

function Uploading({ sending, onAbort }: { sending: Sending; onAbort(): void }) {
  const { t } = useWords();
  const { sent, total, photoUrl } = sending;
  const known = photoUrl !== null && total > 0;
  const percent = known ? Math.min(100, Math.floor((sent / total) * 100)) : null;
  const headline = percent === null ? t('sending_request') : t('uploading', { pct: percent });
  return (
    <>
      <StageWorking
        aspect={aspectOfRatio(sending.ratio)}
        photoUrl={photoUrl}
        prompt={sending.prompt}
        headline={percent === 100 ? t('uploaded') : headline}
        percent={percent === 100 ? null : percent}
        left={known && t('uploaded_of', { sent: bytes(Math.min(sent, total)), total: bytes(total) })}
      />
      <div className={styles.actions}>
        <Button look="quiet" onClick={onAbort}>
          {t('cancel')}
        </Button>
      </div>
    </>
  );
}

function Opening() {
  const { t } = useWords();
  return <StageWorking aspect={1} photoUrl={null} prompt="" headline={t('now_opening')} percent={null} />;
}

function Missing({ problem, onLeave, onReread }: StageProps & { problem: Problem }) {
  const { t, explain } = useWords();
  const lost = problem.status === 0 || problem.status >= 500;
  return (
    <div className={styles.ended} role="alert" data-testid="missing">
      <span className={`${styles.sign} ${styles.calm}`}>
        <Icon name={lost ? 'cloudOff' : 'photo'} size={30} />
      </span>
      <h2>{explain(problem)}</h2>
      <div className={styles.actions}>
        {lost && (
          <Button look="primary" icon="retry" onClick={onReread}>
            {t('retry')}
          </Button>
        )}
        <Button look={lost ? 'normal' : 'primary'} onClick={onLeave}>
          {t('new_picture')}
        </Button>
      </div>
    </div>
  );
}
