import type { Job } from './api.types';
import { type Shelf, shelf } from './database';

/** The newest jobs as they were last read, for when there is no network. Their pictures are not kept. */
export interface KeptList {
  account: string;
  items: Job[];
  /** When it was read, in ms since 1970. */
  at: number;
}

export interface ListRow extends KeptList {
  name: 'newest';
}

const MOST = 24;

export function keptListOn(rows: Shelf<ListRow>) {
  return {
    async keep(account: string, items: Job[], at = Date.now()): Promise<void> {
      await rows.put({ name: 'newest', account, items: items.slice(0, MOST), at }).catch(() => undefined);
    },
    /** What was kept for an account; null for another's, and where nothing is kept. */
    async kept(account: string | null): Promise<KeptList | null> {
      const row = await rows.get('newest').catch(() => undefined);
      return row && (account === null || row.account === account) ? row : null;
    },
    /** Let go of the jobs that are not to be kept any longer. */
    async sift(stays: (job: Job) => boolean): Promise<void> {
      const row = await rows.get('newest').catch(() => undefined);
      if (!row || row.items.every(stays)) return;
      await rows.put({ ...row, items: row.items.filter(stays) }).catch(() => undefined);
    },
    async forget(): Promise<void> {
      await rows.delete('newest').catch(() => undefined);
    },
  };
}

export const keptList = keptListOn(shelf('lists'));
