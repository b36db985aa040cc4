import { expect, it } from 'vitest';
import { takeShared } from './shared';

/** A cache storage with one cache in it. */
function stores(entries: Record<string, Response>) {
  const held = new Map(Object.entries(entries));
  const cache = { match: async (path: string) => held.get(path) };
  const clear = async () => {
    held.clear();
    return true;
  };
  return { open: async () => cache as unknown as Cache, delete: clear };
}

it('gives out a photo with its name, and the words beside it, once', async () => {
  const headers = { 'x-name': encodeURIComponent('ทะเล 1.jpg') };
  const store = stores({
    '/shared/photo': new Response('bytes', { headers }),
    '/shared/words': new Response(' at sea '),
  });
  const { photo, words } = await takeShared(store);
  expect([photo?.name, await photo?.blob.text(), words]).toEqual(['ทะเล 1.jpg', 'bytes', 'at sea']);
  expect(await takeShared(store)).toEqual({ photo: null, words: '' });
});

it('calls a photo that came without a name something', async () => {
  const store = stores({ '/shared/photo': new Response('bytes', { headers: { 'x-name': '' } }) });
  expect((await takeShared(store)).photo?.name).toBe('photo');
});
