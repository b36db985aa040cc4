import { expect, it } from 'vitest';
import { below, changed, countCharacters, draftOf, emptyDraft, FIRST, merged, wishesOf } from './draft';
import { aJob } from './testing';

it('gives a changed draft another key', () => {
  const draft = emptyDraft();
  expect(changed(draft, { prompt: 'a' })).toMatchObject({ prompt: 'a', mode: 'photo' });
  expect(changed(draft, { prompt: 'a' }).key).not.toBe(draft.key);
});

it('survives a stored draft of any kind', () => {
  for (const nothing of [null, undefined, 3, 'text']) expect(draftOf(nothing)).toBeNull();
  const odd = draftOf({ prompt: 3, mode: 'text', seed: '7', parent: {} });
  expect(odd).toMatchObject({ prompt: '', mode: 'text', ratio: null, seed: null, parent: null });
  expect(odd?.key).not.toBe('');
});

it('counts as the gateway does', () => {
  expect(countCharacters('ที่นี่')).toBe(6);
  expect(countCharacters('🌅a')).toBe(2);
});

it('puts what was typed below what was kept, and nothing twice', () => {
  expect(below('snow', 'a cat')).toBe('snow\na cat');
  expect(below('', 'a cat')).toBe('a cat');
  expect(below('snow', ' ')).toBe('snow');
  expect(below('snow', 'snow')).toBe('snow');
  expect(below('snow', 'snow at night')).toBe('snow at night');
});

it('merges choices that were made before what was kept was here', () => {
  const kept = { ...emptyDraft(), mode: 'text' as const, ratio: '1:1', seed: 7, prompt: 'snow' };
  const typed = changed(FIRST, { ratio: '9:16', prompt: 'a cat' });
  const both = { mode: 'text', ratio: '9:16', seed: 7, parent: null, prompt: 'snow\na cat' };
  expect(merged(kept, typed)).toMatchObject(both);
});

it('knows what a job was made of', () => {
  const made = { prompt: 'warm light', ratio: '1:1', seed: null };
  expect(wishesOf(aJob())).toEqual({ ...made, mode: 'photo', parent: null });
  expect(wishesOf(aJob({ parent_id: 'job-0' }))).toEqual({ ...made, mode: 'photo', parent: 'job-0' });
  expect(wishesOf(aJob({ image_url: null }))).toEqual({ ...made, mode: 'text', parent: null });
});
