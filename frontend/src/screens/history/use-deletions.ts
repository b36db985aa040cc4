import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '../../core/api';
import type { Job } from '../../core/api.types';
import { forgetPhoto } from '../../core/blobs';
import { Problem } from '../../core/problem';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { JOBS } from './cache';

const UNDO_MS = 5_000;

export interface Deletions {
  hidden: ReadonlySet<string>;
  remove(job: Job): void;
}

/** Deleting hides at once and tells the gateway five seconds later, so that it can be undone. */
export function useDeletions(onHidden: (id: string) => void): Deletions {
  const client = useQueryClient();
  const { show } = useNotices();
  const { t, explain } = useWords();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());

  const bringBack = useCallback((id: string) => {
    clearTimeout(timers.current.get(id));
    timers.current.delete(id);
    setHidden((all) => new Set([...all].filter((one) => one !== id)));
  }, []);

  const carryOut = useCallback(
    async (id: string) => {
      timers.current.delete(id);
      try {
        await api.remove(id);
      } catch (cause) {
        const problem = Problem.from(cause);
        if (problem.status !== 404) {
          bringBack(id);
          show({ text: explain(problem) });
          return;
        }
      }
      void forgetPhoto(`job:${id}`);
      client.removeQueries({ queryKey: ['job', id] });
      await client.invalidateQueries({ queryKey: JOBS });
    },
    [client, bringBack, show, explain],
  );

  useEffect(() => {
    const flush = () => {
      for (const [id, timer] of timers.current) {
        clearTimeout(timer);
        void api.remove(id, true).catch(() => undefined);
      }
      timers.current.clear();
    };
    window.addEventListener('pagehide', flush);
    return () => window.removeEventListener('pagehide', flush);
  }, []);

  const remove = (job: Job) => {
    setHidden((all) => new Set([...all, job.id]));
    timers.current.set(
      job.id,
      setTimeout(() => void carryOut(job.id), UNDO_MS),
    );
    onHidden(job.id);
    show({ text: t('deleted'), action: { label: t('undo'), run: () => bringBack(job.id) }, ms: UNDO_MS });
  };

  return { hidden, remove };
}
