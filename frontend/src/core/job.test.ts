import { describe, expect, it } from 'vitest';
import {
  aspectOf,
  aspectOfRatio,
  creditOutcome,
  elapsedMs,
  newer,
  percentOf,
  percentSent,
  steps,
} from './job';
import { aJob, at, T0 } from './testing';

describe('newer', () => {
  it('takes the later reading', () => {
    const later = aJob({ server_time: at(6), stage: 'saving' });
    expect(newer(aJob(), later)).toBe(later);
  });
  it('refuses an older one', () => {
    const known = aJob({ server_time: at(6), stage: 'saving' });
    expect(newer(known, aJob())).toBe(known);
  });
  it('never leaves an end', () => {
    const done = aJob({ status: 'done', stage: 'done', server_time: at(6) });
    expect(newer(done, aJob({ server_time: at(9) }))).toBe(done);
  });
  it('never takes progress back within one attempt', () => {
    const known = aJob({ progress: { step: 9, steps: 20, percent: 45 } });
    const back = aJob({ server_time: at(6), progress: { step: 7, steps: 20, percent: 35 } });
    expect(newer(known, back).progress?.percent).toBe(45);
    expect(newer(known, { ...back, attempts: 2 }).progress?.percent).toBe(35);
  });
  it('never takes steps back when there is no percent', () => {
    const known = aJob({ progress: { step: 9, steps: 20, percent: null } });
    const back = aJob({ server_time: at(6), progress: { step: 7, steps: 20, percent: null } });
    expect(newer(known, back).progress?.step).toBe(9);
    expect(newer(known, { ...back, progress: null }).progress?.step).toBe(9);
    const on = { ...back, progress: { step: 10, steps: 20, percent: null } };
    expect(newer(known, on).progress?.step).toBe(10);
  });
  it('does not mix two jobs', () => {
    const other = aJob({ id: 'job-2', server_time: at(1) });
    expect(newer(aJob(), other)).toBe(other);
  });
});

describe('steps', () => {
  const timeline = [
    { stage: 'queued', at: at(0) },
    { stage: 'sending', at: at(3) },
    { stage: 'generating', at: at(5) },
  ] as const;

  it('gives every stage once, with its time', () => {
    const list = steps(aJob({ timeline: [...timeline] }), T0 + 9_000);
    expect(list.map((one) => one.state)).toEqual(['past', 'past', 'past', 'now', 'ahead', 'ahead']);
    expect(list.map((one) => one.ms)).toEqual([3_000, 2_000, null, 4_000, null, null]);
  });
  it('adds up the stages of several attempts', () => {
    const again = [
      ...timeline,
      { stage: 'queued', at: at(8) } as const,
      { stage: 'sending', at: at(10) } as const,
    ];
    const list = steps(aJob({ stage: 'sending', attempts: 2, timeline: again }), T0 + 11_000);
    expect(list[0]).toMatchObject({ state: 'past', ms: 5_000 });
    expect(list[1]).toMatchObject({ state: 'now', ms: 3_000 });
  });
  it('shows where a failed job stopped', () => {
    const ended = [...timeline, { stage: 'failed', at: at(7) } as const];
    const list = steps(aJob({ status: 'failed', stage: 'failed', timeline: ended }), T0 + 60_000);
    expect(list[3]).toMatchObject({ stage: 'generating', state: 'failed', ms: 2_000 });
    expect(list[4]?.state).toBe('ahead');
  });
});

it('counts time from acceptance to the end', () => {
  expect(elapsedMs(aJob(), T0 + 4_000)).toBe(4_000);
  expect(elapsedMs(aJob({ finished_at: at(12) }), T0 + 99_000)).toBe(12_000);
});

it('shows a percent only while generating, and never 100', () => {
  expect(percentOf(aJob())).toBeNull();
  expect(percentOf(aJob({ progress: { step: 4, steps: 20, percent: null } }))).toBe(20);
  expect(percentOf(aJob({ progress: { step: 20, steps: 20, percent: 100 } }))).toBe(99);
  expect(percentOf(aJob({ stage: 'saving', progress: { step: 20, steps: 20, percent: 100 } }))).toBeNull();
});

it('counts an upload down to its last byte, and then waits without a number', () => {
  expect(percentSent(0, 1000)).toBe(0);
  expect(percentSent(999, 1000)).toBe(99);
  expect(percentSent(1000, 1000)).toBeNull();
  expect(percentSent(1200, 1000)).toBeNull();
  expect(percentSent(0, 0)).toBeNull();
});

it('says of the credits only what the server said', () => {
  const ended = { status: 'failed', stage: 'failed' } as const;
  const credits = { held: 0, charged: 0, released: 0, reason: 'failed' } as const;
  expect(creditOutcome(aJob({ ...ended, credits: { ...credits, released: 2 } }))).toEqual({
    kind: 'returned',
    n: 2,
  });
  expect(creditOutcome(aJob({ ...ended, credits: { ...credits, charged: 2 } }))).toEqual({
    kind: 'charged',
    n: 2,
  });
  expect(creditOutcome(aJob({ ...ended, credits }))).toEqual({ kind: 'none' });
  expect(creditOutcome(aJob({ ...ended, credits: { ...credits, held: 2 } }))).toEqual({ kind: 'unknown' });
});

it('knows the shape before and after the result is there', () => {
  expect(aspectOf(aJob({ ratio: '9:16' }))).toBeCloseTo(0.5625);
  expect(aspectOf(aJob({ result_width: 1344, result_height: 768 }))).toBe(1.75);
  expect(aspectOfRatio('odd')).toBe(1);
});
