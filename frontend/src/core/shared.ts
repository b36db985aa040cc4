/** What another app has shared to the studio; the service worker has put it into this cache. */
const CACHE = 'shared';

export interface Shared {
  photo: { blob: Blob; name: string } | null;
  words: string;
}

/** Take what was shared; it is given out once. */
export async function takeShared(stores: Pick<CacheStorage, 'open' | 'delete'> = caches): Promise<Shared> {
  const cache = await stores.open(CACHE);
  const [photo, words] = await Promise.all([cache.match('/shared/photo'), cache.match('/shared/words')]);
  const shared = {
    photo: photo
      ? { blob: await photo.blob(), name: decodeURIComponent(photo.headers.get('x-name') ?? '') || 'photo' }
      : null,
    words: (await words?.text())?.trim() ?? '',
  };
  await stores.delete(CACHE);
  return shared;
}
