import { useEffect, useState } from 'react';
import type { Job } from '../../core/api.types';
import { type KeptList, keptList } from '../../core/kept-list';

/** Keep the newest jobs for a time without a network. */
export function useKeepList(account: string | null, items: Job[] | null): void {
  useEffect(() => {
    if (account && items) void keptList.keep(account, items);
  }, [account, items]);
}

/** What was kept, while it is `needed`. */
export function useKeptList(needed: boolean, account: string | null): KeptList | null {
  const [kept, setKept] = useState<KeptList | null>(null);
  useEffect(() => {
    if (needed) void keptList.kept(account).then(setKept);
  }, [needed, account]);
  return needed ? kept : null;
}
