/** Photos kept in this browser: those of drafts, and those of the last jobs so that "again" needs no download. */

import { type Shelf, shelf } from './database';

const KEEP = 8;
const OF_JOBS = 'job:';

export interface KeptPhoto {
  blob: Blob;
  name: string;
}

export interface PhotoRow extends KeptPhoto {
  key: string;
  at: number;
}

export interface Photos {
  /** Keep a photo; false when the browser would not (no space, private window). */
  keep(key: string, photo: KeptPhoto): Promise<boolean>;
  kept(key: string): Promise<KeptPhoto | null>;
  forget(key: string): Promise<void>;
  /** Forget those of jobs that were kept before an instant, in ms since 1970. */
  forgetBefore(ms: number): Promise<void>;
  forgetAll(): Promise<void>;
}

export function photosOn(rows: Shelf<PhotoRow>): Photos {
  const forget = async (key: string) => void (await rows.delete(key).catch(() => undefined));
  const forgetEach = async (old: PhotoRow[]) => {
    for (const row of old) await forget(row.key);
  };
  const ofJobs = async () => (await rows.all()).filter((row) => row.key.startsWith(OF_JOBS));
  return {
    async keep(key, { blob, name }) {
      try {
        await rows.put({ key, blob, name, at: Date.now() });
        await forgetEach((await ofJobs()).sort((a, b) => b.at - a.at).slice(KEEP));
        return true;
      } catch {
        return false;
      }
    },
    kept: async (key) => (await rows.get(key).catch(() => undefined)) ?? null,
    forget,
    forgetBefore: async (ms) => forgetEach((await ofJobs().catch(() => [])).filter((row) => row.at < ms)),
    forgetAll: async () => forgetEach(await rows.all().catch(() => [])),
  };
}

export const photos = photosOn(shelf('photos'));
export const { keep: keepPhoto, kept: keptPhoto, forget: forgetPhoto } = photos;
