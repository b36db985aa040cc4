import { expect, it } from 'vitest';
import { changed, countCharacters, emptyDraft, parseDraft } from './draft';
import { langOfPath } from './lang';
import { fieldOf, Problem } from './problem';
import { formOf } from './upload';

it('reads problem+json', () => {
  const body = JSON.stringify({
    code: 'rate_limited',
    en: 'Wait.',
    th: 'รอ',
    retry_after: 5,
    request_id: 'r',
  });
  const problem = Problem.fromBody(429, body);
  expect(problem).toMatchObject({ code: 'rate_limited', status: 429, retryAfterSeconds: 5, requestId: 'r' });
  expect(problem.texts).toEqual({ en: 'Wait.', th: 'รอ' });
});

it('makes sense of pages that are not ours', () => {
  expect(Problem.fromBody(502, '<html>').code).toBe('service_unavailable');
  expect(Problem.fromBody(413, '').code).toBe('payload_too_large');
  expect(Problem.fromBody(500, '{"detail": "x"}').code).toBe('internal_error');
});

it('knows the field a refusal belongs to', () => {
  expect(fieldOf(new Problem('image_missing'))).toBe('photo');
  expect(fieldOf(new Problem('prompt_too_long'))).toBe('prompt');
  expect(fieldOf(new Problem('insufficient_credits'))).toBe('form');
});

it('gives a changed draft another key', () => {
  const draft = emptyDraft();
  expect(changed(draft, { prompt: 'a' })).toMatchObject({ prompt: 'a', mode: 'photo' });
  expect(changed(draft, { prompt: 'a' }).key).not.toBe(draft.key);
});

it('survives a stored draft of any kind', () => {
  expect(parseDraft(null)).toBeNull();
  expect(parseDraft('{')).toBeNull();
  expect(parseDraft('{"prompt": 3, "mode": "text"}')).toMatchObject({
    prompt: '',
    mode: 'text',
    ratio: null,
  });
});

it('counts as the gateway does', () => {
  expect(countCharacters('ที่นี่')).toBe(6);
  expect(countCharacters('🌅a')).toBe(2);
});

it('sends a picture only when there is one', () => {
  const base = { prompt: 'x', ratio: '9:16', idempotencyKey: 'k' };
  const words = formOf({ ...base, photo: null });
  expect([words.get('model'), words.get('image')]).toEqual(['qwen-image', null]);
  const edit = formOf({ ...base, photo: { blob: new Blob(['a']), name: 'a.jpg' } });
  expect(edit.get('model')).toBe('qwen-image-edit');
  expect((edit.get('image') as File).name).toBe('a.jpg');
});

it('reads the language off the address', () => {
  expect(['/', '/th', '/en', '/en/', '/english'].map(langOfPath)).toEqual(['th', 'th', 'en', 'en', 'th']);
});
