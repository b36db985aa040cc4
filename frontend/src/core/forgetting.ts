import { type Photos, photos } from './blobs';
import { keptList, type keptListOn } from './kept-list';

const OWED = 'ob.forget';
const DAY_MS = 86_400_000;

export interface ForgettingWorld {
  photos: Pick<Photos, 'forget' | 'forgetBefore' | 'forgetAll'>;
  list: Pick<ReturnType<typeof keptListOn>, 'sift' | 'forget'>;
  storage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/** What the gateway has no longer is not kept on this device either. */
export function forgettingIn({ photos, list, storage }: ForgettingWorld) {
  const owed = (): string[] => {
    try {
      return storage().getItem(OWED)?.split(' ') ?? [];
    } catch {
      return [];
    }
  };
  const owe = (ids: string[]) => {
    try {
      if (ids.length > 0) storage().setItem(OWED, ids.join(' '));
      else storage().removeItem(OWED);
    } catch {
      // what cannot be noted is forgotten now or never
    }
  };
  return {
    /**
     * Forget jobs that were deleted. A page that goes away has no time for its database: what was owed then is
     * done with the next ones.
     */
    async forgetJobs(ids: string[]): Promise<void> {
      const all = [...new Set([...owed(), ...ids])];
      if (all.length === 0) return;
      owe(all);
      await Promise.all([
        list.sift((job) => !all.includes(job.id)),
        ...all.map((id) => photos.forget(`job:${id}`)),
      ]);
      owe(owed().filter((id) => !all.includes(id)));
    },
    /** Forget what the gateway has let go after so many days. */
    async forgetExpired(days: number, nowMs: number): Promise<void> {
      await photos.forgetBefore(nowMs - days * DAY_MS);
      await list.sift((job) => !job.expires_at || Date.parse(job.expires_at) > nowMs);
    },
    /** Forget every photo, those of drafts too, and the list. */
    async forgetAll(): Promise<void> {
      await Promise.all([photos.forgetAll(), list.forget()]);
    },
  };
}

export const forgetting = forgettingIn({ photos, list: keptList, storage: () => localStorage });
