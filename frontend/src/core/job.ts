import type { Job, Progress, Stage } from './api.types';

/** The stages of a job that goes well, in order. */
const PATH: readonly Stage[] = ['queued', 'sending', 'warming', 'generating', 'saving', 'done'];

export function isOpen(job: Pick<Job, 'status'>): boolean {
  return job.status === 'queued' || job.status === 'running';
}

/** Which of two readings of one job to keep: never an older one, never a step back in progress. */
export function newer(known: Job | undefined, next: Job): Job {
  if (!known || known.id !== next.id) return next;
  if (!isOpen(known) && isOpen(next)) return known;
  if (Date.parse(next.server_time) < Date.parse(known.server_time)) return known;
  const sameRun = known.attempts === next.attempts && known.stage === next.stage;
  if (sameRun && shareDone(known.progress) > shareDone(next.progress)) {
    return { ...next, progress: known.progress };
  }
  return next;
}

/** Percent done by what the provider says, steps first; less than nothing when it says nothing. */
function shareDone(progress: Progress | null): number {
  if (!progress) return -1;
  const { step, steps: total, percent } = progress;
  return step !== null && total ? (step / total) * 100 : (percent ?? -1);
}

export interface Step {
  stage: Stage;
  state: 'past' | 'now' | 'ahead' | 'failed';
  /** How long the stage took, or has taken so far; null when it was never entered. */
  ms: number | null;
}

/** The timeline that people see: every stage of the path once, with the time spent in it in all attempts. */
export function steps(job: Job, nowMs: number): Step[] {
  const spent = new Map<Stage, number>();
  let last: Stage = 'queued';
  job.timeline.forEach((entry, index) => {
    const next = job.timeline[index + 1];
    const end = next ? Date.parse(next.at) : isOpen(job) ? nowMs : Date.parse(entry.at);
    spent.set(entry.stage, (spent.get(entry.stage) ?? 0) + Math.max(0, end - Date.parse(entry.at)));
    if (PATH.includes(entry.stage)) last = entry.stage;
  });
  const ended = job.status === 'failed' || job.status === 'cancelled';
  const here = PATH.indexOf(ended ? last : job.stage);
  return PATH.map((stage, index) => ({
    stage,
    state: stateAt(index, here, job.status === 'done', ended),
    ms: spent.get(stage) ?? null,
  }));
}

function stateAt(index: number, here: number, done: boolean, ended: boolean): Step['state'] {
  if (done || index < here) return 'past';
  if (index > here) return 'ahead';
  return ended ? 'failed' : 'now';
}

/** Milliseconds from acceptance to the end, or until now. */
export function elapsedMs(job: Job, nowMs: number): number {
  const end = job.finished_at ? Date.parse(job.finished_at) : nowMs;
  return Math.max(0, end - Date.parse(job.created_at));
}

/** Whole percent of the generating stage, or null when the provider gives none. Only a result is 100 %. */
export function percentOf(job: Job): number | null {
  if (job.stage !== 'generating') return null;
  const share = shareDone(job.progress);
  return share < 0 ? null : Math.min(99, Math.floor(share));
}

/** Whole percent of an upload; null when nothing is known of it, or when all bytes have left and we only wait. */
export function percentSent(sent: number, total: number): number | null {
  return total > 0 && sent < total ? Math.floor((sent / total) * 100) : null;
}

export type CreditOutcome =
  | { kind: 'charged'; n: number }
  | { kind: 'returned'; n: number }
  | { kind: 'none' }
  | { kind: 'unknown' };

/** What became of the credits, only as the server has said it. */
export function creditOutcome(job: Job): CreditOutcome {
  const { charged, released, held } = job.credits;
  if (charged > 0) return { kind: 'charged', n: charged };
  if (released > 0) return { kind: 'returned', n: released };
  return held === 0 && !isOpen(job) ? { kind: 'none' } : { kind: 'unknown' };
}

/** Width divided by height of the picture: the stored size, or the ratio asked for. */
export function aspectOf(job: Job): number {
  if (job.result_width && job.result_height) return job.result_width / job.result_height;
  return aspectOfRatio(job.ratio);
}

/** What a cancelled job gives back: it is paid for when it is done, and only then. */
export function refundOf(job: Job): number {
  return job.credits.held;
}

export function aspectOfRatio(ratio: string): number {
  const [width, height] = ratio.split(':').map(Number);
  return width && height ? width / height : 1;
}
