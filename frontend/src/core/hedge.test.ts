import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hedge } from './hedge';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SILENCE = new Promise<string>(() => undefined);
const answersTo = (...answers: Promise<string>[]) => {
  let asked = 0;
  return vi.fn(() => answers[asked++] ?? SILENCE);
};

it('asks once where there is an answer', async () => {
  const ask = answersTo(Promise.resolve('here'));
  expect(await hedge(ask, 1_000, 3)).toBe('here');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ask).toHaveBeenCalledTimes(1);
});

it('takes the answer of another connection when the first is silent', async () => {
  const ask = answersTo(SILENCE, SILENCE, Promise.resolve('here'));
  const answer = hedge(ask, 1_000, 3);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await answer).toBe('here');
});

it('asks no more often than it may', async () => {
  const ask = answersTo();
  void hedge(ask, 1_000, 3);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ask).toHaveBeenCalledTimes(3);
});

it('passes a failure on at once', async () => {
  const ask = answersTo(Promise.reject(new Error('refused')));
  await expect(hedge(ask, 1_000, 3)).rejects.toThrow('refused');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ask).toHaveBeenCalledTimes(1);
});
