import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Problem } from './problem';
import { gatewayLost, look } from './reach';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('notes that the gateway is there', async () => {
  expect(await look(async () => 'here')).toBe(true);
  expect(gatewayLost.now()).toBe(false);
});

it('takes a refusal for an answer', async () => {
  const refused = new Problem('internal_error', { status: 503 });
  expect(await look(() => Promise.reject(refused))).toBe(true);
});

it('looks on until the gateway is back, once for all who ask, and says when that changes', async () => {
  const heard: boolean[] = [];
  const leave = gatewayLost.subscribe(() => heard.push(gatewayLost.now()));
  let asked = 0;
  let away = true;
  const reach = async () => {
    asked += 1;
    if (away) throw new Problem('connection_lost');
  };
  const first = look(reach);
  const second = look(reach);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(heard).toEqual([true]);
  const before = asked;
  expect(before).toBeGreaterThan(3);
  expect(before).toBeLessThan(12);

  away = false;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await first).toBe(false);
  expect(await second).toBe(false);
  expect(asked).toBe(before + 1);
  expect(heard).toEqual([true, false]);
  leave();
});
