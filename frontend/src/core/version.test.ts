import { expect, it, vi } from 'vitest';
import { hold, isHeld, newBuild, onHold } from './version';

it('a new build is one that the page is not made of', () => {
  expect(newBuild({ page: 'a', house: 'b', later: null })).toBe('b');
  expect(newBuild({ page: 'a', house: 'a', later: null })).toBe(null);
});

it('a build that was put off stays so, the next one does not', () => {
  expect(newBuild({ page: 'a', house: 'b', later: 'b' })).toBe(null);
  expect(newBuild({ page: 'a', house: 'c', later: 'b' })).toBe('c');
});

it('nothing is new while either side says nothing', () => {
  expect(newBuild({ page: null, house: 'b', later: null })).toBe(null);
  expect(newBuild({ page: 'a', house: undefined, later: null })).toBe(null);
});

it('holds last until the last holder lets go, and say so once each', () => {
  const told = vi.fn();
  const stop = onHold(told);
  hold('job', true);
  hold('job', true);
  hold('words', true);
  hold('job', false);
  expect(isHeld()).toBe(true);
  hold('words', false);
  expect(isHeld()).toBe(false);
  expect(told).toHaveBeenCalledTimes(4);
  stop();
  hold('job', true);
  hold('job', false);
  expect(told).toHaveBeenCalledTimes(4);
});
