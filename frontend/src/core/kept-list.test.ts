import { beforeEach, expect, it } from 'vitest';
import { keptListOn, type ListRow } from './kept-list';
import { aJob, T0 } from './testing';
import { memoryShelf } from './testing-store';

let rows: ReturnType<typeof memoryShelf<ListRow>>;
let list: ReturnType<typeof keptListOn>;

beforeEach(() => {
  rows = memoryShelf<ListRow>((row) => row.name);
  list = keptListOn(rows);
});

it('gives back what was read last, and when', async () => {
  await list.keep('me', [aJob({ id: 'old' })], T0 - 1);
  await list.keep('me', [aJob({ id: 'new' })], T0);
  const kept = await list.kept('me');
  expect([kept?.items.map((job) => job.id), kept?.at]).toEqual([['new'], T0]);
});

it('shows nobody another account’s pictures', async () => {
  await list.keep('me', [aJob()]);
  expect(await list.kept('another')).toBe(null);
  expect((await list.kept(null))?.account).toBe('me');
});

it('keeps one page, not all that was scrolled through', async () => {
  await list.keep(
    'me',
    Array.from({ length: 60 }, (_, n) => aJob({ id: `job-${n}` })),
  );
  expect((await list.kept('me'))?.items).toHaveLength(24);
});

it('is empty when it was forgotten, or when the browser keeps nothing', async () => {
  await list.keep('me', [aJob()]);
  await list.forget();
  expect(await list.kept('me')).toBe(null);
  rows.full = true;
  await list.keep('me', [aJob()]);
  expect(await list.kept('me')).toBe(null);
});
