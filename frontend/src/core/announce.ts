import type { Job } from './api.types';
import type { WordKey } from './catalog';
import { etaOf } from './eta';
import { isOpen, percentOf } from './job';

export interface Announcement {
  key: WordKey;
  params?: Record<string, string | number>;
}

/** Screen readers hear at most this many sentences about one job. */
const MOST = 10;
const QUEUE_PAUSE_MS = 10_000;

/** Chooses the moments of a job that are worth saying aloud. Failures are alerts and are not said here. */
export class Announcer {
  private count = 0;
  private stage = '';
  private position: number | null = null;
  private quarter = 0;
  private slow = false;
  private queueSaidAt = Number.NEGATIVE_INFINITY;

  next(job: Job, nowMs: number): Announcement | null {
    const said = this.choose(job, nowMs);
    if (!said || (this.count >= MOST - 1 && isOpen(job))) return null;
    this.count += 1;
    return said;
  }

  private choose(job: Job, nowMs: number): Announcement | null {
    const entered = job.stage !== this.stage;
    this.stage = job.stage;
    if (job.stage === 'queued') return this.queue(job, nowMs);
    if (entered) return ENTERED[job.stage] ?? null;
    if (!this.slow && etaOf(job, nowMs).kind === 'slow') {
      this.slow = true;
      return { key: 'slow' };
    }
    const quarter = Math.floor((percentOf(job) ?? 0) / 25);
    if (quarter <= this.quarter) return null;
    this.quarter = quarter;
    return { key: 'now_generating_percent', params: { pct: quarter * 25 } };
  }

  private queue(job: Job, nowMs: number): Announcement | null {
    const position = job.queue_position;
    if (position === this.position || nowMs - this.queueSaidAt < QUEUE_PAUSE_MS) return null;
    this.position = position;
    this.queueSaidAt = nowMs;
    if (position === null) return { key: 'queue_unknown' };
    return position <= 1 ? { key: 'queue_next' } : { key: 'queue', params: { n: position } };
  }
}

const ENTERED: Partial<Record<Job['stage'], Announcement>> = {
  warming: { key: 'now_warming' },
  generating: { key: 'now_generating' },
  done: { key: 'title_done' },
  cancelled: { key: 'cancelled' },
};
