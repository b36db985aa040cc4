import { describe, expect, it } from 'vitest';
import { belongs, cleaned, daysLeft, newestFirst, searchOf, statusesOf, wantedOf } from './listing';
import { aJob, at, T0 } from './testing';

describe('a wish', () => {
  it('survives the address', () => {
    const wanted = { filter: 'done', q: 'แสงเย็น & snow' } as const;
    expect(wantedOf(searchOf(wanted))).toEqual(wanted);
    expect(searchOf({ filter: null, q: '' })).toBe('');
  });
  it('ignores what the address cannot mean', () => {
    expect(wantedOf('?show=everything&q=%20%20')).toEqual({ filter: null, q: '' });
  });
  it('is as long as the gateway takes, in code points', () => {
    expect(cleaned(`  ${'😀'.repeat(101)}`)).toBe('😀'.repeat(100));
  });
});

it('what is under way is two statuses to the gateway', () => {
  expect(statusesOf('open')).toEqual(['queued', 'running']);
  expect(statusesOf('failed')).toEqual(['failed']);
  expect(statusesOf(null)).toEqual([]);
});

describe('belonging', () => {
  const job = aJob({ status: 'queued', prompt: 'Warm LIGHT over แม่น้ำ' });
  it('looks at the status', () => {
    expect(belongs(job, { filter: 'open', q: '' })).toBe(true);
    expect(belongs(job, { filter: 'done', q: '' })).toBe(false);
    expect(belongs(aJob({ status: 'done' }), { filter: 'open', q: '' })).toBe(false);
  });
  it('looks for words in any case', () => {
    expect(belongs(job, { filter: null, q: 'light' })).toBe(true);
    expect(belongs(job, { filter: null, q: 'แม่น้ำ' })).toBe(true);
    expect(belongs(job, { filter: null, q: 'snow' })).toBe(false);
  });
});

it('sorts the newest first, and by id what came at once', () => {
  const jobs = [aJob({ id: 'a' }), aJob({ id: 'b' }), aJob({ id: 'c', created_at: at(9) })];
  expect(jobs.sort(newestFirst).map((job) => job.id)).toEqual(['c', 'b', 'a']);
});

describe('days left', () => {
  const day = 86_400;
  it('are whole ones, and never below none', () => {
    expect(daysLeft(at(2.9 * day), T0)).toBe(2);
    expect(daysLeft(at(0.5 * day), T0)).toBe(0);
    expect(daysLeft(at(-day), T0)).toBe(0);
  });
  it('are not counted for what is kept', () => {
    expect(daysLeft(null, T0)).toBe(null);
    expect(daysLeft(undefined, T0)).toBe(null);
  });
});
