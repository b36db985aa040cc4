import { useEffect } from 'react';
import type { Config, Job } from '../../core/api.types';
import type { WordKey } from '../../core/catalog';
import type { Preparing } from '../../core/desk';
import { bytes } from '../../core/format';
import { aspectOfRatio, isOpen, percentSent } from '../../core/job';
import type { Refused, Sending } from '../../core/outbox';
import type { Problem } from '../../core/problem';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { type Later, later } from '../../ui/later';
import { useWords } from '../../ui/words';
import styles from './stage.module.css';
import { StageEmpty } from './stage-empty';
import { StageHeading } from './stage-heading';
import { StagePreparing } from './stage-preparing';
import { JobWorking, StageWorking } from './stage-working';
import { useBegun } from './use-begun';

const StageJob = later(async () => (await import('./stage-job')).StageJob, Coming);
const StageDone = later(async () => (await import('./stage-done')).StageDone, Coming);
const StageEnded = later(async () => (await import('./stage-ended')).StageEnded, Coming);
const StageRefused = later(async () => (await import('./stage-refused')).StageRefused);

export interface StageProps {
  sending: Sending | null;
  /** A request that is not what stands in the form. */
  refused: Refused | null;
  preparing: Preparing | null;
  jobId: string | null;
  job: Job | null;
  problem: Problem | null;
  config: Config | null;
  fresh: boolean;
  onSample(): void;
  onStopPreparing(): void;
  onAbort(): void;
  onSendAgain(refused: Refused): void;
  onCloseRefused(): void;
  onCancel(job: Job): Promise<void>;
  onRetry(job: Job): Promise<void>;
  onAgain(job: Job): void;
  onAgainSame(job: Job): void;
  onReuse(job: Job): void;
  onChangePhoto(job: Job): void;
  onOpen(id: string): void;
  onDelete(job: Job): void;
  onLeave(): void;
  onReread(): void;
}

/** What the right side shows: always exactly one state. */
export function Stage(props: StageProps) {
  const { t } = useWords();
  const wanted = useBegun() || props.sending !== null || props.jobId !== null;
  useEffect(() => {
    if (wanted) void fetchInTurn([StageJob, StageDone, StageEnded, StageRefused]);
  }, [wanted]);
  return (
    <section id="stage" tabIndex={-1} className={styles.stage} aria-label={t('stage')}>
      <State {...props} />
    </section>
  );
}

function State(props: StageProps) {
  const { sending, refused, preparing, jobId, job, problem } = props;
  if (sending) return <Uploading sending={sending} onAbort={props.onAbort} />;
  if (refused) {
    return (
      <StageRefused
        refused={refused}
        onSendAgain={() => props.onSendAgain(refused)}
        onClose={props.onCloseRefused}
      />
    );
  }
  if (preparing && !jobId) return <StagePreparing url={preparing.url} onRemove={props.onStopPreparing} />;
  if (!jobId) return <StageEmpty onSample={props.onSample} />;
  if (problem) return <Missing {...props} problem={problem} />;
  if (!job) return <Opening />;
  if (isOpen(job)) return <StageJob key={job.id} job={job} onCancel={() => props.onCancel(job)} />;
  if (job.status === 'done') {
    return (
      <StageDone
        key={job.id}
        job={job}
        config={props.config}
        fresh={props.fresh}
        onAgain={() => props.onAgain(job)}
        onAgainSame={() => props.onAgainSame(job)}
        onReuse={() => props.onReuse(job)}
        onOpen={props.onOpen}
        onDelete={() => props.onDelete(job)}
      />
    );
  }
  return (
    <StageEnded
      key={job.id}
      job={job}
      fresh={props.fresh}
      onRetry={() => props.onRetry(job)}
      onChangePhoto={() => props.onChangePhoto(job)}
      onAgain={() => props.onAgain(job)}
      onDelete={() => props.onDelete(job)}
    />
  );
}

const AWAY = { network: 'waiting_network', session: 'waiting_session' } as const;

function wordOf({ stopping, waiting }: Sending): WordKey {
  if (stopping) return 'cancelling';
  return waiting ? AWAY[waiting] : 'sending_request';
}

function Uploading({ sending, onAbort }: { sending: Sending; onAbort(): void }) {
  const { t } = useWords();
  const { sent, total, photoUrl, waiting, stopping } = sending;
  const known = photoUrl !== null && total > 0 && !waiting && !stopping;
  const held = stopping && !waiting;
  const percent = known ? percentSent(sent, total) : null;
  const numberless = known ? t('uploaded') : t(wordOf(sending));
  return (
    <>
      <StageWorking
        aspect={aspectOfRatio(sending.ratio)}
        photoUrl={photoUrl}
        prompt={sending.prompt}
        headline={percent === null ? numberless : t('uploading', { pct: percent })}
        percent={percent}
        left={known && t('uploaded_of', { sent: bytes(Math.min(sent, total)), total: bytes(total) })}
      />
      <div className={styles.actions}>
        <Button look="quiet" aria-disabled={held} onClick={() => !held && onAbort()}>
          {t(waiting ? 'cancel_wait' : 'cancel')}
        </Button>
      </div>
    </>
  );
}

function Opening() {
  const { t } = useWords();
  return <StageWorking headline={t('now_opening')} />;
}

/** Not all at once: a browser has six connections for what is not HTTP/2, and a request must not wait for them. */
async function fetchInTurn(states: Pick<Later<never>, 'fetch'>[]): Promise<void> {
  for (const state of states) if (!(await state.fetch())) return;
}

/** A job whose code is on its way. */
function Coming({ job }: { job: Job }) {
  const { t } = useWords();
  return <JobWorking job={job} headline={t(isOpen(job) ? 'working' : 'now_opening')} />;
}

function Missing({ problem, onLeave, onReread }: StageProps & { problem: Problem }) {
  const { t, explain } = useWords();
  const lost = problem.status === 0 || problem.status >= 500;
  return (
    <div className={styles.ended} role="alert" data-testid="missing">
      <span className={`${styles.sign} ${styles.calm}`}>
        <Icon name={lost ? 'cloudOff' : 'photo'} size={30} />
      </span>
      <StageHeading testId="missing-title">{explain(problem)}</StageHeading>
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
