import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { KeptPhoto } from './blobs';
import { Desk, type DeskWorld } from './desk';
import { type Draft, emptyDraft } from './draft';
import type { Restored } from './drafts';
import type { Photo } from './photo';
import { Problem } from './problem';

interface Reading {
  name: string;
  look(url: string): void;
  ready(): void;
  refuse(cause: unknown): void;
}

const settled = () => vi.advanceTimersByTimeAsync(0);
const aFile = (text: string) => new Blob([text]);
const aDraft = (change: Partial<Draft>): Draft => ({ ...emptyDraft(), ...change });

function setUp() {
  const readings: Reading[] = [];
  const kept = { draft: null as Draft | null, photo: null as KeptPhoto | null, room: true };
  let give: (found: Restored | null) => void = () => undefined;
  const found = new Promise<Restored | null>((resolve) => {
    give = resolve;
  });
  const drafts = {
    restore: () => found,
    save: async (draft: Draft) => {
      kept.draft = draft;
      return kept.room;
    },
    renew: vi.fn(async () => undefined),
    keepPhoto: async ({ blob, name }: KeptPhoto) => {
      kept.photo = { blob, name };
      return kept.room;
    },
    forgetPhoto: async () => {
      kept.photo = null;
    },
  };
  const read: DeskWorld['read'] = (blob, name, _limits, onGlimpse) =>
    new Promise((resolve, reject) =>
      readings.push({
        name,
        look: (url) => onGlimpse?.(url),
        ready: () => resolve({ blob, name, url: URL.createObjectURL(blob), size: null }),
        refuse: reject,
      }),
    );
  const desk = new Desk({ drafts: () => drafts, read });
  const restore = async (draft: Draft | null, photo: KeptPhoto | null = null) => {
    void desk.restore();
    give(draft && { draft, photo: Promise.resolve(photo) });
    await settled();
  };
  const choose = async (name: string) => {
    const answer = desk.choose(aFile(name), name, null);
    readings.at(-1)?.ready();
    await settled();
    return answer;
  };
  return { desk, drafts, kept, readings, restore, choose };
}

const words = (desk: Desk) => desk.now().draft.prompt;
const photoName = (desk: Desk) => desk.now().photo?.name ?? null;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('shows the text that was kept before its photo is ready', async () => {
  const { desk, restore, readings } = setUp();
  await restore(aDraft({ prompt: 'snow' }), { blob: aFile('p'), name: 'home.jpg' });
  expect([words(desk), photoName(desk), desk.now().restored]).toEqual(['snow', null, false]);
  await vi.advanceTimersByTimeAsync(200);
  expect(desk.now().preparing).toEqual({ url: null });
  readings[0]?.ready();
  await settled();
  expect([photoName(desk), desk.now().preparing, desk.now().restored]).toEqual(['home.jpg', null, true]);
});

it('keeps the key of what was kept: sending it makes one job, before a reload or after', async () => {
  const { desk, restore, readings } = setUp();
  const draft = aDraft({ prompt: 'snow' });
  await restore(draft, { blob: aFile('p'), name: 'home.jpg' });
  readings[0]?.ready();
  await settled();
  expect(desk.now().draft).toEqual(draft);
});

it('begins anew where nothing was kept', async () => {
  const { desk, restore } = setUp();
  await restore(null);
  expect(desk.now()).toMatchObject({ draft: { prompt: '' }, photo: null, restored: true });
  expect(desk.now().draft.key).not.toBe('');
});

it('keeps what was typed and chosen before the kept text came, below it', async () => {
  const { desk, kept, restore } = setUp();
  desk.change({ prompt: 'and a cat' });
  desk.change({ ratio: '9:16' });
  expect(kept.draft, 'the kept text is not destroyed by what comes before it').toBeNull();
  await restore(aDraft({ prompt: 'snow', ratio: '1:1', seed: 7 }));
  expect(desk.now().draft).toMatchObject({ prompt: 'snow\nand a cat', ratio: '9:16', seed: 7 });
  expect(kept.draft).toEqual(desk.now().draft);
});

it('prefers a photo that was chosen before the kept one came', async () => {
  const { desk, kept, choose, restore } = setUp();
  await choose('new.jpg');
  await restore(aDraft({ mode: 'text', parent: 'job-1' }), { blob: aFile('p'), name: 'old.jpg' });
  expect(photoName(desk)).toBe('new.jpg');
  expect(desk.now()).toMatchObject({ draft: { mode: 'photo', parent: null }, restored: true });
  expect(kept.photo?.name).toBe('new.jpg');
});

it.each([
  ['leaves a choice of words alone that was made while a photo was prepared', false, 'text'],
  ['takes a photo chosen after words alone', true, 'photo'],
] as const)('%s', async (_, before, mode) => {
  const { desk, readings, restore } = setUp();
  await restore(null);
  if (before) desk.change({ mode: 'text' });
  void desk.choose(aFile('p'), 'new.jpg', null);
  if (!before) desk.change({ mode: 'text' });
  readings[0]?.ready();
  await settled();
  expect([desk.now().draft.mode, photoName(desk)]).toEqual([mode, 'new.jpg']);
});

it('goes without a kept photo that can no longer be read', async () => {
  const { desk, restore, readings } = setUp();
  await restore(aDraft({ prompt: 'snow' }), { blob: aFile('p'), name: 'old.jpg' });
  readings[0]?.refuse(new Problem('invalid_image'));
  await settled();
  expect([words(desk), photoName(desk), desk.now().restored]).toEqual(['snow', null, true]);
});

it('does not bring back a photo whose preparing was stopped', async () => {
  const { desk, kept, restore, readings } = setUp();
  kept.photo = { blob: aFile('p'), name: 'old.jpg' };
  await restore(aDraft({}), kept.photo);
  await vi.advanceTimersByTimeAsync(200);
  desk.removePhoto();
  readings[0]?.ready();
  await settled();
  expect([photoName(desk), desk.now().preparing, kept.photo]).toEqual([null, null, null]);
});

it('suggests words only where none stand', async () => {
  const { desk, restore } = setUp();
  await restore(null);
  desk.suggest('evening light');
  desk.suggest('a night market');
  expect(words(desk)).toBe('evening light');
});

it('shows a photo on its way, and takes the last of several', async () => {
  const { desk, restore, readings } = setUp();
  await restore(null);
  const first = desk.choose(aFile('a'), 'a.jpg', null);
  await vi.advanceTimersByTimeAsync(200);
  readings[0]?.look('blob:glimpse');
  expect(desk.now().preparing).toEqual({ url: 'blob:glimpse' });
  const second = desk.choose(aFile('b'), 'b.jpg', null);
  readings[0]?.refuse(new Problem('invalid_image'));
  readings[1]?.ready();
  await settled();
  expect([await first, await second, photoName(desk)]).toEqual([null, null, 'b.jpg']);
});

it('says why a photo cannot be used, and keeps the one that is there', async () => {
  const { desk, restore, readings, choose } = setUp();
  await restore(null);
  await choose('good.jpg');
  const bad = desk.choose(aFile('x'), 'x.jpg', null);
  readings.at(-1)?.refuse(new Problem('image_animated'));
  expect((await bad)?.code).toBe('image_animated');
  expect(photoName(desk)).toBe('good.jpg');
});

it('brings back the words that others took the place of, and leaves what was chosen since', async () => {
  const { desk, restore, choose } = setUp();
  await restore(aDraft({ prompt: 'snow' }));
  const back = desk.reword('a night market');
  expect(words(desk)).toBe('a night market');
  await choose('mine.jpg');
  back();
  expect([words(desk), photoName(desk)]).toEqual(['snow', 'mine.jpg']);
});

it('brings back what stood there when it was marked, whatever was done since', async () => {
  const { desk, restore, choose } = setUp();
  await restore(aDraft({ prompt: 'mine' }));
  await choose('mine.jpg');
  const back = desk.mark();
  await choose('sample.webp');
  desk.removePhoto();
  void desk.replace({ prompt: 'another', parent: 'job-1' }, null);
  back?.();
  expect([words(desk), photoName(desk), desk.now().draft.parent]).toEqual(['mine', 'mine.jpg', null]);
});

it('brings back all but what is given', async () => {
  const { desk, restore, choose } = setUp();
  await restore(null);
  await choose('mine.jpg');
  const back = desk.mark();
  await choose('sample.webp');
  desk.change({ prompt: 'typed since' });
  back?.({ prompt: words(desk) });
  expect([words(desk), photoName(desk)]).toEqual(['typed since', 'mine.jpg']);
});

it('marks nothing where nobody would miss anything', async () => {
  const { desk, restore } = setUp();
  await restore(null);
  desk.change({ ratio: '9:16' });
  expect(desk.mark()).toBeNull();
});

it('keeps what is typed while the photo of other wishes is fetched', async () => {
  const { desk, restore, choose } = setUp();
  await restore(aDraft({ prompt: 'mine' }));
  await choose('mine.jpg');
  let arrive: (photo: Photo) => void = () => undefined;
  const fetched = new Promise<Photo>((resolve) => {
    arrive = resolve;
  });
  const filled = desk.replace({ prompt: 'theirs', ratio: '9:16' }, () => fetched);
  expect([words(desk), photoName(desk)]).toEqual(['theirs', 'mine.jpg']);
  desk.change({ prompt: 'theirs, at night' });
  arrive({ blob: aFile('t'), name: 'theirs.jpg', url: 'blob:t', size: null });
  expect(await filled).toBeNull();
  expect([words(desk), photoName(desk)]).toEqual(['theirs, at night', 'theirs.jpg']);
});

it('gives what was sent another key, and knows it until it changes', async () => {
  const { desk, restore } = setUp();
  await restore(aDraft({ prompt: 'snow' }));
  const { key } = desk.now().draft;
  desk.renew('of another');
  expect([desk.now().draft.key, desk.now().sentKey]).toEqual([key, null]);
  desk.renew(key);
  const sent = desk.now();
  expect(sent.draft).toMatchObject({ prompt: 'snow' });
  expect([sent.draft.key === key, sent.sentKey === sent.draft.key]).toEqual([false, true]);
  desk.change({ prompt: 'snow, at night' });
  expect(desk.now().sentKey).not.toBe(desk.now().draft.key);
});

it('can send again what was refused under its key', async () => {
  const { desk, kept, restore } = setUp();
  await restore(aDraft({ prompt: 'snow' }));
  const { key } = desk.now().draft;
  desk.rekey(key);
  expect(desk.now()).toMatchObject({ draft: { prompt: 'snow' }, sentKey: null });
  expect(desk.now().draft.key).not.toBe(key);
  expect(kept.draft).toEqual(desk.now().draft);
});

it('renews what was sent though no screen has asked for it yet', () => {
  const { desk, drafts } = setUp();
  desk.renew('sent');
  expect(drafts.renew).toHaveBeenCalledWith('sent');
});

it('says once that the browser keeps nothing', async () => {
  const { desk, kept, restore, choose } = setUp();
  kept.room = false;
  desk.onNoSpace = vi.fn();
  await restore(null);
  desk.change({ prompt: 'a' });
  desk.change({ prompt: 'ab' });
  await choose('mine.jpg');
  expect(desk.onNoSpace).toHaveBeenCalledTimes(1);
});

it('lets who cannot wait for a photo know when it is here, also before there is a word about it', async () => {
  const { desk, restore, readings } = setUp();
  await restore(null);
  expect(await desk.photoHere()).toBe(true);
  void desk.choose(aFile('big'), 'big.jpg', null);
  expect(desk.isComing).toBe(true);
  const here = desk.photoHere().then((came) => [came, photoName(desk), desk.isComing]);
  readings[0]?.ready();
  await settled();
  expect(await here).toEqual([true, 'big.jpg', false]);
});

it.each<[string, (desk: Desk, readings: Reading[]) => void]>([
  ['taken out', (desk) => desk.removePhoto()],
  ['no picture', (_, readings) => readings[0]?.refuse(new Problem('invalid_image'))],
  ['not the one that is wanted now', (desk) => void desk.choose(aFile('other'), 'other.jpg', null)],
])('does not let anybody wait for a photo that is %s', async (_why, happens) => {
  const { desk, restore, readings } = setUp();
  await restore(null);
  void desk.choose(aFile('big'), 'big.jpg', null);
  await vi.advanceTimersByTimeAsync(200);
  const here = desk.photoHere();
  happens(desk, readings);
  expect(await here).toBe(false);
});
