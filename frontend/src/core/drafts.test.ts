import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type PhotoRow, photosOn } from './blobs';
import { changed, emptyDraft } from './draft';
import { type DraftRow, Drafts } from './drafts';
import { memoryShelf, memoryStorage } from './testing-store';

function aBrowser(local: Record<string, string> = {}) {
  const rows = memoryShelf<DraftRow>((row) => row.tab);
  const photoRows = memoryShelf<PhotoRow>((row) => row.key);
  const world = { rows, photos: photosOn(photoRows), local: memoryStorage(local) };
  const openTab = (session = memoryStorage()) => ({ session, drafts: new Drafts({ ...world, session }) });
  return { ...world, photoRows, openTab };
}

const wrote = (prompt: string) => changed(emptyDraft(), { prompt, ratio: '9:16', seed: 7 });
const aPhoto = (text: string) => ({ blob: new Blob([text]), name: `${text}.jpg` });

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

it('has nothing at first', async () => {
  expect(await aBrowser().openTab().drafts.restore()).toBeNull();
});

it('brings everything back over a reload', async () => {
  const browser = aBrowser();
  const before = browser.openTab();
  const draft = wrote('snow');
  await before.drafts.save(draft);
  await before.drafts.keepPhoto(aPhoto('holiday'));
  before.drafts.carry();
  const after = await browser.openTab(before.session).drafts.restore();
  expect(after?.draft).toEqual(draft);
  expect(await (await after?.photo)?.blob.text()).toBe('holiday');
});

it('brings back what was typed a moment before a reload, though no database has it', async () => {
  const browser = aBrowser();
  browser.rows.full = true;
  const before = browser.openTab();
  const draft = wrote('the last words');
  void before.drafts.save(draft);
  before.drafts.carry();
  const after = await browser.openTab(before.session).drafts.restore();
  expect(after?.draft).toEqual(draft);
});

it('keeps the text of two tabs apart', async () => {
  const browser = aBrowser();
  const [one, two] = [browser.openTab(), browser.openTab()];
  await one.drafts.save(wrote('a cat'));
  await one.drafts.keepPhoto(aPhoto('cat'));
  await two.drafts.save(wrote('a dog'));
  await two.drafts.keepPhoto(aPhoto('dog'));
  for (const { drafts } of [one, two]) drafts.carry();
  const cat = await browser.openTab(one.session).drafts.restore();
  const dog = await browser.openTab(two.session).drafts.restore();
  expect([cat?.draft.prompt, (await cat?.photo)?.name]).toEqual(['a cat', 'cat.jpg']);
  expect([dog?.draft.prompt, (await dog?.photo)?.name]).toEqual(['a dog', 'dog.jpg']);
});

it('gives a new tab a copy of the last draft and leaves the other tab its own', async () => {
  const browser = aBrowser();
  const old = browser.openTab();
  await old.drafts.save(wrote('older'));
  await old.drafts.keepPhoto(aPhoto('photo'));
  const next = browser.openTab();
  const copy = await next.drafts.restore();
  expect([copy?.draft.prompt, (await copy?.photo)?.name]).toEqual(['older', 'photo.jpg']);
  await next.drafts.save(wrote('newer'));
  await next.drafts.forgetPhoto();
  expect(browser.rows.rows.get(old.drafts.tab)?.draft.prompt).toBe('older');
  expect(await browser.photos.kept(`draft:${old.drafts.tab}`)).not.toBeNull();
});

it('is another tab when a living one is copied', () => {
  const browser = aBrowser();
  const session = memoryStorage();
  const original = browser.openTab(session).drafts;
  const copy = browser.openTab(memoryStorage(Object.fromEntries(session.items))).drafts;
  expect(copy.tab).not.toBe(original.tab);
});

it('does not bring back a photo that was taken out', async () => {
  const browser = aBrowser();
  const other = browser.openTab();
  await other.drafts.save(wrote('other'));
  await other.drafts.keepPhoto(aPhoto('theirs'));
  const mine = browser.openTab();
  const first = await mine.drafts.restore();
  await first?.photo;
  await mine.drafts.forgetPhoto();
  mine.drafts.carry();
  const restored = await browser.openTab(mine.session).drafts.restore();
  expect(await restored?.photo).toBeNull();
});

it('says when the browser has no room', async () => {
  const browser = aBrowser();
  browser.rows.full = true;
  browser.photoRows.full = true;
  const { drafts } = browser.openTab();
  expect(await drafts.save(wrote('too much'))).toBe(false);
  expect(await drafts.keepPhoto(aPhoto('too much'))).toBe(false);
});

it('writes only the last of many changes', async () => {
  const browser = aBrowser();
  const { drafts } = browser.openTab();
  const put = vi.spyOn(browser.rows, 'put');
  await Promise.all([...'typing fast'].map((_, n) => drafts.save(wrote('typing fast'.slice(0, n + 1)))));
  expect(put.mock.calls.length).toBeLessThan(4);
  expect(browser.rows.rows.get(drafts.tab)?.draft.prompt).toBe('typing fast');
});

it('gives a draft that was sent another key, unless it has changed since', async () => {
  const { drafts } = aBrowser().openTab();
  const sent = wrote('sent');
  await drafts.save(sent);
  await drafts.renew(sent.key);
  const renewed = (await drafts.restore())?.draft;
  expect(renewed).toMatchObject({ prompt: 'sent' });
  expect(renewed?.key).not.toBe(sent.key);
  await drafts.renew(sent.key);
  expect((await drafts.restore())?.draft).toEqual(renewed);
});

it('takes over the one draft of the first version', async () => {
  const old = { mode: 'text', prompt: 'from before', ratio: '16:9', key: 'old-key' };
  const browser = aBrowser({ 'ob.draft': JSON.stringify(old) });
  await browser.photos.keep('draft', aPhoto('before'));
  const restored = await browser.openTab().drafts.restore();
  expect(restored?.draft).toEqual({ ...old, seed: null, parent: null });
  expect((await restored?.photo)?.name).toBe('before.jpg');
  expect(browser.local.items.size).toBe(0);
  expect(await browser.photos.kept('draft')).toBeNull();
});

it('leaves the first version its draft when there is no room to take it over', async () => {
  const browser = aBrowser({ 'ob.draft': JSON.stringify({ prompt: 'from before' }) });
  browser.rows.full = true;
  expect((await browser.openTab().drafts.restore())?.draft.prompt).toBe('from before');
  expect(browser.local.items.size).toBe(1);
});

it.each(['', '{', '[]', 'null', '{"prompt": 7}'])('is not stopped by a damaged store: %s', async (text) => {
  const browser = aBrowser({ 'ob.draft': text });
  const session = memoryStorage({ 'ob.tab': text });
  const restored = await browser.openTab(session).drafts.restore();
  expect(restored?.draft.prompt ?? '').toBe('');
});

it('forgets drafts of tabs that are long gone, with their photos', async () => {
  const browser = aBrowser();
  for (let n = 0; n < 20; n++) {
    vi.advanceTimersByTime(1_000);
    const { drafts } = browser.openTab();
    await drafts.save(wrote(`draft ${n}`));
    await drafts.keepPhoto(aPhoto(`photo ${n}`));
  }
  const restored = await browser.openTab().drafts.restore();
  await restored?.photo;
  expect(browser.rows.rows.size).toBeLessThanOrEqual(9);
  expect(browser.photoRows.rows.size).toBeLessThanOrEqual(9);
});

it('does not put the copy of an old photo over one that was chosen meanwhile', async () => {
  const browser = aBrowser();
  const old = browser.openTab();
  await old.drafts.save(wrote('older'));
  await old.drafts.keepPhoto(aPhoto('old'));
  const { drafts } = browser.openTab();
  const restored = await drafts.restore();
  await drafts.keepPhoto(aPhoto('new'));
  await restored?.photo;
  expect((await browser.photos.kept(`draft:${drafts.tab}`))?.name).toBe('new.jpg');
});
