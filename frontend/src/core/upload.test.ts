import { expect, it } from 'vitest';
import { formOf } from './upload';

const BASE = { prompt: 'x', ratio: '9:16', seed: null, photo: null, parent: null, idempotencyKey: 'k' };

it('sends a picture only when there is one', () => {
  const words = formOf(BASE);
  expect([words.get('model'), words.get('image')]).toEqual(['qwen-image', null]);
  const edit = formOf({ ...BASE, photo: { blob: new Blob(['a']), name: 'a.jpg' } });
  expect(edit.get('model')).toBe('qwen-image-edit');
  expect((edit.get('image') as File).name).toBe('a.jpg');
});

it('goes on from the picture of another job', () => {
  const form = formOf({ ...BASE, parent: 'job-1' });
  expect([form.get('parent'), form.get('model'), form.get('image')]).toEqual([
    'job-1',
    'qwen-image-edit',
    null,
  ]);
});

it('names a seed only when one was chosen', () => {
  expect(formOf(BASE).has('seed')).toBe(false);
  expect(formOf({ ...BASE, seed: 0 }).get('seed')).toBe('0');
});
