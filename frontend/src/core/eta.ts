import type { Job } from './api.types';
import { isOpen } from './job';

export type EtaView =
  | { kind: 'none' }
  | { kind: 'slow' }
  | { kind: 'range'; fromMs: number; toMs: number }
  | { kind: 'under'; toMs: number };

/** Fewer finished jobs than this say nothing about the next one. */
const ENOUGH = 20;

const step = (ms: number) => (ms < 60_000 ? 5_000 : 30_000);
const down = (ms: number) => Math.floor(ms / step(ms)) * step(ms);
const up = (ms: number) => Math.ceil(ms / step(ms)) * step(ms);

/**
 * What may honestly be said about the time left. In the line that is the time of the work itself, and only for
 * the first of it: how long a line lasts depends on how many machines work, which nobody tells us.
 */
export function etaOf(job: Job, nowMs: number): EtaView {
  const { p50_ms: p50, p90_ms: p90, n } = job.eta;
  if (!isOpen(job) || n < ENOUGH || p50 === null || p90 === null) return { kind: 'none' };
  if (job.stage === 'queued' && job.queue_position !== 1) return { kind: 'none' };
  const elapsed = job.started_at ? Math.max(0, nowMs - Date.parse(job.started_at)) : 0;
  if (elapsed > p90) return { kind: 'slow' };
  const from = down(Math.max(0, p50 - elapsed));
  const to = up(Math.max(1, p90 - elapsed));
  return from > 0 && from < to ? { kind: 'range', fromMs: from, toMs: to } : { kind: 'under', toMs: to };
}
