import { expect, it } from 'vitest';
import { Problem } from './problem';
import { pauseMs, secondsToWait, worthAskingAgain } from './retry';

it.each([
  [new Problem('connection_lost'), 1_000, true],
  [new TypeError('failed to fetch'), 1_000, true],
  [new Problem('service_unavailable', { status: 503 }), 1_000, true],
  [new Problem('internal_error', { status: 500 }), 1, true],
  [new Problem('internal_error', { status: 500 }), 3, false],
  [new Problem('not_found', { status: 404 }), 0, false],
  [new Problem('session_invalid', { status: 401 }), 0, false],
])('asks again for as long as it can help: %s after %i', (cause, failures, again) => {
  expect(worthAskingAgain(failures, cause)).toBe(again);
});

it.each([
  [429, 600, 600],
  [503, 20, 20],
  [503, 1_800, 0],
  [503, undefined, 0],
])('waits after a %i for %s seconds: %i', (status, retry_after, seconds) => {
  expect(secondsToWait(new Problem('any', { status, retry_after }))).toBe(seconds);
});

it('never pauses for more than two seconds', () => {
  for (let failures = 0; failures < 40; failures++) {
    expect(pauseMs(failures, () => 1)).toBeLessThanOrEqual(2_000);
    expect(pauseMs(failures, () => 0)).toBeGreaterThanOrEqual(375);
  }
});
