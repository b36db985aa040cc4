import { beforeEach, expect, it } from 'vitest';
import { type PhotoRow, photosOn } from './blobs';
import { forgettingIn } from './forgetting';
import { keptListOn, type ListRow } from './kept-list';
import { aJob, at, T0 } from './testing';
import { memoryShelf, memoryStorage } from './testing-store';

const DAY_S = 86_400;
let photoRows: ReturnType<typeof memoryShelf<PhotoRow>>;
let list: ReturnType<typeof keptListOn>;
let world: Parameters<typeof forgettingIn>[0];
const storage = memoryStorage();

const keep = (key: string, seconds = 0) =>
  photoRows.put({ key, blob: new Blob(['bytes']), name: 'a.jpg', at: T0 + seconds * 1_000 });
const photos = () => [...photoRows.rows.keys()];
const listed = async () => (await list.kept(null))?.items.map((job) => job.id) ?? null;

beforeEach(async () => {
  photoRows = memoryShelf<PhotoRow>((row) => row.key);
  list = keptListOn(memoryShelf<ListRow>((row) => row.name));
  storage.items.clear();
  world = { photos: photosOn(photoRows), list, storage: () => storage };
  await list.keep('me', [aJob({ id: 'a' }), aJob({ id: 'b' })], T0);
  for (const key of ['job:a', 'job:b', 'draft:tab']) await keep(key);
});

it('leaves nothing of a job that was deleted, and all else', async () => {
  await forgettingIn(world).forgetJobs(['a']);
  expect([photos(), await listed()]).toEqual([['job:b', 'draft:tab'], ['b']]);
  expect(storage.items.size).toBe(0);
});

it('does what a page had no time for when it went away', async () => {
  const away = () => new Promise<never>(() => undefined);
  const photosOfGone = { ...world.photos, forget: away };
  void forgettingIn({ ...world, photos: photosOfGone, list: { ...list, sift: away } }).forgetJobs(['a']);
  expect(photos()).toContain('job:a');
  await forgettingIn(world).forgetJobs([]);
  expect([photos(), await listed()]).toEqual([['job:b', 'draft:tab'], ['b']]);
  expect(storage.items.size).toBe(0);
});

it('keeps a job’s photo and words no longer than the gateway does', async () => {
  await keep('job:new', DAY_S);
  await list.keep('me', [aJob({ id: 'a', expires_at: at(30 * DAY_S) }), aJob({ id: 'open' })], T0);
  await forgettingIn(world).forgetExpired(30, T0 + 30.5 * DAY_S * 1_000);
  expect([photos(), await listed()]).toEqual([['draft:tab', 'job:new'], ['open']]);
});

it('leaves nothing when everything was deleted', async () => {
  await forgettingIn(world).forgetAll();
  expect([photos(), await listed()]).toEqual([[], null]);
});

it('forgets also where nothing can be noted', async () => {
  const none = () => {
    throw new DOMException('no storage', 'SecurityError');
  };
  await forgettingIn({ ...world, storage: none }).forgetJobs(['a']);
  expect([photos(), await listed()]).toEqual([['job:b', 'draft:tab'], ['b']]);
});
