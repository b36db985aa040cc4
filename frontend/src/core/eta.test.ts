import { describe, expect, it } from 'vitest';
import { etaOf } from './eta';
import { aJob, T0 } from './testing';

const now = (seconds: number) => T0 + 2_000 + seconds * 1000;

describe('etaOf', () => {
  it('is a rounded range of what is left', () => {
    const job = aJob({ eta: { p50_ms: 30_000, p90_ms: 48_000, n: 20 } });
    expect(etaOf(job, now(3))).toEqual({ kind: 'range', fromMs: 25_000, toMs: 45_000 });
  });
  it('rounds to half minutes above a minute', () => {
    const job = aJob({ eta: { p50_ms: 100_000, p90_ms: 200_000, n: 20 } });
    expect(etaOf(job, now(0))).toEqual({ kind: 'range', fromMs: 90_000, toMs: 210_000 });
  });
  it('is never zero: past the median only the upper end is told', () => {
    expect(etaOf(aJob(), now(10))).toEqual({ kind: 'under', toMs: 5_000 });
  });
  it('becomes "longer than usual" after p90', () => {
    expect(etaOf(aJob(), now(15.1))).toEqual({ kind: 'slow' });
  });
  it('says nothing when too few jobs are known', () => {
    expect(etaOf(aJob({ eta: { p50_ms: 9_000, p90_ms: 15_000, n: 19 } }), now(1))).toEqual({ kind: 'none' });
    expect(etaOf(aJob({ eta: { p50_ms: null, p90_ms: null, n: 50 } }), now(1))).toEqual({ kind: 'none' });
  });
  it('says nothing while others are ahead, or may be', () => {
    const waiting = { stage: 'queued', status: 'queued', started_at: null } as const;
    expect(etaOf(aJob({ ...waiting, queue_position: 3 }), now(1))).toEqual({ kind: 'none' });
    expect(etaOf(aJob({ ...waiting, queue_position: null }), now(1))).toEqual({ kind: 'none' });
    expect(etaOf(aJob({ ...waiting, queue_position: 1 }), now(1)).kind).toBe('range');
  });
});
