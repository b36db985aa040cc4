import { expect, it } from 'vitest';
import { Pending, type SendRow } from './pending';
import { memoryShelf } from './testing-store';

const DAY = 24 * 3600_000;
const row = (key: string, tab: string, at: number): SendRow => ({
  key,
  tab,
  at,
  drawable: true,
  input: {
    prompt: 'snow',
    ratio: '9:16',
    seed: null,
    parent: null,
    photo: { blob: new Blob(['bytes']), name: 'a.jpg' },
    idempotencyKey: key,
  },
});

function setUp() {
  const rows = memoryShelf<SendRow>((one) => one.key);
  return { rows, pending: new Pending(rows) };
}

it('gives a tab back what it was sending, photo and all', async () => {
  const { pending } = setUp();
  await pending.keep(row('mine', 'tab-1', 0));
  await pending.keep(row('other', 'tab-2', 0));
  const found = await pending.of('tab-1', DAY);
  expect(found?.input.idempotencyKey).toBe('mine');
  expect(await found?.input.photo?.blob.text()).toBe('bytes');
});

it('has nothing once it was forgotten', async () => {
  const { pending } = setUp();
  await pending.keep(row('mine', 'tab-1', 0));
  await pending.forget('mine');
  expect(await pending.of('tab-1', 0)).toBeNull();
});

it('does not send today what was meant for yesterday, and keeps no photo of it', async () => {
  const { pending, rows } = setUp();
  await pending.keep(row('old', 'tab-1', 0));
  expect(await pending.of('tab-1', DAY + 1)).toBeNull();
  expect(rows.rows.size).toBe(0);
});

it('does without, where the browser keeps nothing', async () => {
  const { pending, rows } = setUp();
  rows.full = true;
  await pending.keep(row('mine', 'tab-1', 0));
  expect(await pending.of('tab-1', 0)).toBeNull();
});
