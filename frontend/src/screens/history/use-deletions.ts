import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { api } from '../../core/api';
import type { Job } from '../../core/api.types';
import { type DeletionsWorld, Deletions as Store, UNDO_MS } from '../../core/deletions';
import { forgetting } from '../../core/forgetting';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { JOBS, noteGone } from './cache';

export interface Deletions {
  hidden: ReadonlySet<string>;
  remove(job: Job): void;
}

interface Kept {
  store: Store;
  world: DeletionsWorld;
}

/** One for all screens: what was deleted on one stays hidden, and can be undone, on the next. */
const kept = new WeakMap<QueryClient, Kept>();

function deletionsOf(client: QueryClient): Kept {
  const known = kept.get(client);
  if (known) return known;
  const world: DeletionsWorld = {
    remove: api.remove,
    onGone: (ids) => {
      void forgetting.forgetJobs(ids);
      noteGone(client, ids);
      void client.invalidateQueries({ queryKey: JOBS });
    },
    onKept: () => undefined,
  };
  const made = { store: new Store(world), world };
  globalThis.addEventListener?.('pagehide', () => made.store.leave());
  kept.set(client, made);
  return made;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Deleting with a few seconds to undo it; `onHidden` hears of each job that is no longer shown. */
export function useDeletions(onHidden: (id: string) => void): Deletions {
  const client = useQueryClient();
  const { show } = useNotices();
  const { t, explain } = useWords();
  const [{ store, world }] = useState(() => deletionsOf(client));
  const hidden = useSyncExternalStore(store.subscribe, store.hidden, () => NOTHING);

  useEffect(() => {
    world.onKept = (_, problem) => show({ text: explain(problem) });
  }, [world, show, explain]);

  const undo = () => {
    const back = store.undo().at(-1);
    if (back) focusTile(back);
  };
  const remove = (job: Job) => {
    const byKeyboard = document.activeElement?.matches(':focus-visible') ?? false;
    const n = store.add(job.id);
    onHidden(job.id);
    show({
      topic: 'deleted',
      text: n === 1 ? t('deleted') : t('deleted_many', { n }),
      action: { label: t('undo'), run: undo },
      ms: UNDO_MS,
      takesFocus: byKeyboard,
      onHold: (held) => store.hold(held),
    });
  };

  return { hidden, remove };
}

/** Focus a picture that was brought back, once it is drawn. */
function focusTile(id: string): void {
  const look = () => document.querySelector<HTMLElement>(`[data-job="${CSS.escape(id)}"] a`)?.focus();
  requestAnimationFrame(() => requestAnimationFrame(look));
}
