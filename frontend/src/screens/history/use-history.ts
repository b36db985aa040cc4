import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../../core/api';
import type { Job, JobPage } from '../../core/api.types';
import type { Link } from '../../core/follow';
import { isOpen } from '../../core/job';
import { newestFirst, statusesOf, type Wanted } from '../../core/listing';
import { Problem } from '../../core/problem';
import { keyOf, noteJob } from './cache';

const PAGE = 24;
/** What is under way is few: asked for whole, without pages. */
const MOST_UNDER_WAY = 50;
const WHILE_WORKING_MS = 5_000;

export interface HistoryState {
  items: Job[];
  /** The first page, as it was read. */
  newest: Job[] | null;
  loading: boolean;
  problem: Problem | null;
  /** Nothing has been read yet, and reading is not going well. */
  lost: boolean;
  /** Whether the gateway answers what the list asks. */
  link: Link;
  /** The list stands, but could not be read anew. */
  behind: boolean;
  /** What stands is another list's, until this one is here. */
  changing: boolean;
  hasMore: boolean;
  loadingMore: boolean;
  moreFailed: boolean;
  more(): void;
  again(): void;
}

async function read({ filter, q }: Wanted, cursor: string | null): Promise<JobPage> {
  const [status, ...others] = statusesOf(filter);
  if (others.length === 0) return api.jobs({ q, status, cursor, limit: PAGE });
  const pages = await Promise.all(
    statusesOf(filter).map((one) => api.jobs({ q, status: one, limit: MOST_UNDER_WAY })),
  );
  return { items: pages.flatMap((page) => page.items).sort(newestFirst), next_cursor: null };
}

/** The account's jobs, newest first, as far as they are wanted; `current` is followed elsewhere. */
export function useHistory(open: boolean, current: string | null, wanted: Wanted): HistoryState {
  const query = useInfiniteQuery({
    queryKey: keyOf(wanted),
    queryFn: ({ pageParam }) => read(wanted, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    enabled: open,
    staleTime: 30_000,
    refetchOnReconnect: 'always',
    placeholderData: keepPreviousData,
  });
  const seen = new Set<string>();
  const items = (query.data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((job) => !seen.has(job.id) && seen.add(job.id));
  useNews(items.filter((job) => isOpen(job) && job.id !== current).map((job) => job.id));
  return {
    items,
    newest: query.isPlaceholderData ? null : (query.data?.pages[0]?.items ?? null),
    loading: query.isPending,
    problem: query.error && !query.data ? Problem.from(query.error) : null,
    lost: (query.data === undefined || query.isPlaceholderData) && query.failureCount > 0,
    link: query.isFetching && query.failureCount > 0 ? 'reconnecting' : 'live',
    behind: query.isRefetchError,
    changing: query.isPlaceholderData,
    hasMore: query.hasNextPage && !query.isPlaceholderData,
    loadingMore: query.isFetchingNextPage,
    moreFailed: query.isFetchNextPageError,
    more: () => void query.fetchNextPage(),
    again: () => void query.refetch(),
  };
}

/** Lists have no stream: those of their jobs that are under way are asked for again and again. */
function useNews(ids: string[]): void {
  const client = useQueryClient();
  const all = ids.join(' ');
  useEffect(() => {
    if (!all) return;
    const ask = () => {
      if (document.hidden) return;
      for (const id of all.split(' ')) {
        api.job(id).then(
          (job) => noteJob(client, job),
          () => undefined, // the next round asks again
        );
      }
    };
    const timer = setInterval(ask, WHILE_WORKING_MS);
    return () => clearInterval(timer);
  }, [all, client]);
}
