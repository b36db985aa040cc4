import type { Job } from './api.types';
import type { WordKey } from './catalog';
import { etaOf } from './eta';
import { elapsedMs, isOpen, percentOf, percentSent } from './job';
import type { Weight } from './voice';

/** A sentence worth saying aloud; `elapsedMs` when it speaks of the time so far. */
export interface Said {
  key: WordKey;
  weight: Weight;
  params?: Record<string, string | number>;
  elapsedMs?: number;
}

const QUEUE_PAUSE_MS = 10_000;
const TICK_MS = 30_000;

const news = (key: WordKey, params?: Said['params']): Said => ({ key, params, weight: 'news' });

/** Chooses the moments of a job that are worth saying aloud. Its end is said by whoever shows it. */
export class Announcer {
  private stage = '';
  private position: number | null | undefined;
  private quarter = 0;
  private slow = false;
  private queueSaidAt = Number.NEGATIVE_INFINITY;
  private saidAt = 0;

  /** To be asked with every reading of the job, and each second between them. */
  next(job: Job, nowMs: number): Said | null {
    if (!isOpen(job)) return null;
    const said = this.choose(job, nowMs);
    if (said) this.saidAt = nowMs;
    return said;
  }

  private choose(job: Job, nowMs: number): Said | null {
    const entered = job.stage !== this.stage;
    this.stage = job.stage;
    if (job.stage === 'queued') return this.queue(job, nowMs);
    if (entered) {
      const key = ENTERED[job.stage];
      return key ? news(key) : null;
    }
    if (!this.slow && etaOf(job, nowMs).kind === 'slow') {
      this.slow = true;
      return news('slow');
    }
    return this.progress(job, nowMs);
  }

  private progress(job: Job, nowMs: number): Said | null {
    const percent = percentOf(job);
    if (percent === null) {
      if (nowMs - this.saidAt < TICK_MS) return null;
      return { key: 'still_working', elapsedMs: elapsedMs(job, nowMs), weight: 'tick' };
    }
    const quarter = Math.floor(percent / 25);
    if (quarter <= this.quarter) return null;
    this.quarter = quarter;
    return news('now_generating_percent', { pct: quarter * 25 });
  }

  /** At most one sentence in ten seconds; a place that was not said in time is said when they are over. */
  private queue(job: Job, nowMs: number): Said | null {
    const position = job.queue_position;
    if (position === this.position || nowMs - this.queueSaidAt < QUEUE_PAUSE_MS) return null;
    this.position = position;
    this.queueSaidAt = nowMs;
    if (position === null) return { key: 'queue_unknown', weight: 'queue' };
    if (position <= 1) return news('queue_next');
    return { key: 'queue', params: { n: position }, weight: 'queue' };
  }
}

const ENTERED: Partial<Record<Job['stage'], WordKey>> = {
  warming: 'now_warming',
  generating: 'now_generating',
};

/** The moments of an upload: its start, and half of it. */
export class UploadAnnouncer {
  private started = false;
  private half = false;

  next(sent: number, total: number): Said | null {
    if (!this.started) {
      this.started = true;
      return news(total > 0 ? 'uploading_start' : 'sending_request');
    }
    const percent = percentSent(sent, total);
    if (this.half || percent === null || percent < 50) return null;
    this.half = true;
    return news('uploading', { pct: 50 });
  }
}
