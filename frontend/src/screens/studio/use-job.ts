import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Announcer } from '../../core/announce';
import { api } from '../../core/api';
import type { Job } from '../../core/api.types';
import { serverNow } from '../../core/clock';
import { followJob, type Link } from '../../core/follow';
import { isOpen, newer } from '../../core/job';
import { Problem } from '../../core/problem';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { noteJob } from '../history/cache';

export interface Followed {
  job: Job | null;
  link: Link;
  problem: Problem | null;
  reread(): void;
}

/** The job of the address, as the server last told it. */
export function useJob(id: string | null): Followed {
  const client = useQueryClient();
  const { announce } = useNotices();
  const { t } = useWords();
  const [link, setLink] = useState<Link>('live');
  const [gone, setGone] = useState<Problem | null>(null);
  const words = useRef({ announce, t });
  words.current = { announce, t };

  const query = useQuery({
    queryKey: ['job', id],
    queryFn: async () => newer(client.getQueryData<Job>(['job', id]), await api.job(id ?? '')),
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: (failures, cause) => Problem.from(cause).status === 0 && failures < 5,
  });
  const job = query.data ?? null;
  const follow = job !== null && isOpen(job);

  useEffect(() => {
    setGone(null);
    if (!id || !follow) return;
    const announcer = new Announcer();
    const hear = (next: Job) => {
      const said = announcer.next(next, serverNow());
      if (said) words.current.announce(words.current.t(said.key, said.params));
    };
    const stop = followJob(id, {
      onJob(next) {
        const kept = newer(client.getQueryData<Job>(['job', id]), next);
        client.setQueryData(['job', id], kept);
        noteJob(client, kept);
        hear(kept);
        if (!isOpen(kept)) void client.invalidateQueries({ queryKey: ['account'] });
      },
      onLink: setLink,
      onGone: setGone,
    });
    return () => {
      stop();
      setLink('live');
    };
  }, [id, follow, client]);

  const failed = query.error ? Problem.from(query.error) : null;
  return { job, link, problem: gone ?? (job ? null : failed), reread: () => void query.refetch() };
}

/** The time, on the server's clock, ticking while `running`. */
export function useServerNow(running: boolean, everyMs = 500): number {
  const [now, setNow] = useState(() => serverNow());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [running, everyMs]);
  return running ? Math.max(now, serverNow()) : now;
}
