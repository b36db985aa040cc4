import { type QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api } from '../../core/api';
import type { Job } from '../../core/api.types';
import { serverNow } from '../../core/clock';
import { type Following, followJob, type Link } from '../../core/follow';
import { isOpen, newer } from '../../core/job';
import { Problem } from '../../core/problem';
import { noteJob, shownBefore } from '../history/cache';

export interface Followed {
  job: Job | null;
  link: Link;
  problem: Problem | null;
  reread(): void;
}

/** A job as it was last told; what is heard of it between two readings is `learn`ed. */
function jobQuery(id: string | null) {
  return queryOptions({
    queryKey: ['job', id],
    queryFn: async ({ client }) => newer(client.getQueryData<Job>(['job', id]), await api.job(id ?? '')),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** News of a job: whoever shows it shows them. Answers what is known of it now. */
export function learn(client: QueryClient, news: Job): Job {
  const job = newer(client.getQueryData<Job>(['job', news.id]), news);
  client.setQueryData(['job', news.id], job);
  noteJob(client, job);
  return job;
}

/** A job as the server last told it, followed while it is open; one that is not known is asked for where it is `shown`. */
export function useJob(id: string | null, shown: boolean): Followed {
  const client = useQueryClient();
  const [link, setLink] = useState<Link>('live');
  const [gone, setGone] = useState<Problem | null>(null);
  const following = useRef<Following | null>(null);

  const query = useQuery({
    ...jobQuery(id),
    enabled: shown && id !== null,
    placeholderData: () => shownBefore(client, id),
  });
  const job = query.data ?? null;
  const follow = job !== null && isOpen(job);

  useEffect(() => {
    setGone(null);
    if (!id || !follow) return;
    const started = followJob(id, {
      onJob(next) {
        if (!isOpen(learn(client, next))) void client.invalidateQueries({ queryKey: ['account'] });
      },
      onLink: setLink,
      onGone: setGone,
    });
    following.current = started;
    return () => {
      started.stop();
      following.current = null;
      setLink('live');
    };
  }, [id, follow, client]);

  const failed = query.error ? Problem.from(query.error) : null;
  const opening = job === null && query.failureCount > 0 && query.isFetching;
  const reread = () => {
    if (following.current) following.current.reread();
    else if (id) void query.refetch();
  };
  return {
    job,
    link: opening ? 'reconnecting' : link,
    problem: gone ?? (job ? null : failed),
    reread,
  };
}

const TICK_MS = 500;

/** The time, on the server's clock, ticking while `running`. */
export function useServerNow(running: boolean): number {
  const [now, setNow] = useState(() => serverNow());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(serverNow()), TICK_MS);
    return () => clearInterval(timer);
  }, [running]);
  return running ? Math.max(now, serverNow()) : now;
}
