import { expect, it } from 'vitest';
import { Retries } from './retries';

it('has one key for a job that is tried again, until that is settled', () => {
  const retries = new Retries();
  const key = retries.keyOf('job-1');
  expect([retries.keyOf('job-1') === key, retries.keyOf('job-2') === key]).toEqual([true, false]);
  retries.settle('of something else');
  expect(retries.keyOf('job-1')).toBe(key);
  retries.settle(key);
  expect(retries.keyOf('job-1')).not.toBe(key);
});
