import { useState } from 'react';
import type { Job } from '../../core/api.types';
import { etaOf } from '../../core/eta';
import { clock, duration, durationRange } from '../../core/format';
import { elapsedMs, isOpen, percentOf, refundOf } from '../../core/job';
import { Button } from '../../ui/button';
import { Confirm } from '../../ui/confirm';
import { type Speaker, useWords } from '../../ui/words';
import { NotifyButton } from './notify-button';
import styles from './stage.module.css';
import { JobWorking } from './stage-working';
import { Timeline } from './timeline';
import { useServerNow } from './use-job';

function headline({ t }: Speaker, job: Job): string {
  switch (job.stage) {
    case 'queued':
      if (job.queue_position === null) return t('queue_unknown');
      return job.queue_position <= 1 ? t('queue_next') : t('queue', { n: job.queue_position });
    case 'sending':
      return t('now_sending');
    case 'warming':
      return t('now_warming');
    case 'saving':
    case 'done':
      return t('now_saving');
    default: {
      const { step, steps, percent } = job.progress ?? { step: null, steps: null, percent: null };
      if (step !== null && steps) return t('now_generating_step', { i: step, n: steps });
      if (percent !== null) return t('now_generating_percent', { pct: Math.min(99, Math.floor(percent)) });
      return t('now_generating');
    }
  }
}

function estimate({ t, lang }: Speaker, job: Job, now: number): string {
  const eta = etaOf(job, now);
  switch (eta.kind) {
    case 'slow':
      return t('slow');
    case 'under':
      return t('range_under', { b: duration(eta.toMs, lang) });
    case 'range':
      return t('range', { range: durationRange(eta.fromMs, eta.toMs, lang) });
    default:
      return '';
  }
}

/** A job under way: where it is, how long it has taken, what may be said about the rest. */
export function StageJob({ job, onCancel }: { job: Job; onCancel(): Promise<void> }) {
  const words = useWords();
  const { t } = words;
  const now = useServerNow(isOpen(job));
  const [asking, setAsking] = useState(false);
  const [cancelling, setCancelling] = useState(false);
  const close = async (confirmed: boolean) => {
    setAsking(false);
    if (!confirmed) return;
    setCancelling(true);
    await onCancel();
    setCancelling(false);
  };
  const started = t(job.stage === 'queued' ? 'cancel_waiting' : 'cancel_started');
  const cost = refundOf(job) > 0 ? t('cancel_refund', { n: refundOf(job) }) : t('credits_none');
  const attempt = job.attempts > 1 ? ` · ${t('attempt', { n: job.attempts })}` : '';

  return (
    <div className={styles.job}>
      <JobWorking
        job={job}
        headline={headline(words, job)}
        percent={percentOf(job)}
        left={t('so_far', { t: clock(elapsedMs(job, now)) }) + attempt}
        right={estimate(words, job, now)}
      />
      <div className={styles.actions}>
        <Button
          id="cancel-job"
          look="quiet"
          aria-disabled={cancelling}
          onClick={() => !cancelling && setAsking(true)}
        >
          {t('cancel')}
        </Button>
        {etaOf(job, now).kind === 'slow' && <NotifyButton jobId={job.id} />}
        <p className={styles.small}>{t('cancel_free')}</p>
      </div>
      <Timeline job={job} nowMs={now} />
      {asking && (
        <Confirm
          title={t('cancel_title')}
          text={`${started} ${cost}`}
          keep={t('cancel_keep')}
          go={t('cancel_stop')}
          onClose={close}
        />
      )}
    </div>
  );
}
