import { useInfiniteQuery } from '@tanstack/react-query';
import { api } from '../../core/api';
import type { Job } from '../../core/api.types';
import { isOpen } from '../../core/job';
import { Problem } from '../../core/problem';
import { JOBS } from './cache';

const PAGE = 12;
const WHILE_WORKING_MS = 5_000;

export interface HistoryState {
  items: Job[];
  loading: boolean;
  problem: Problem | null;
  hasMore: boolean;
  loadingMore: boolean;
  more(): void;
  again(): void;
}

/** The account's jobs, newest first. Lists have no stream; they are read again while something is under way. */
export function useHistory(open: boolean, current: string | null): HistoryState {
  const query = useInfiniteQuery({
    queryKey: JOBS,
    queryFn: ({ pageParam }) => api.jobs(pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    enabled: open,
    staleTime: 30_000,
    refetchInterval: (state) => {
      const items = state.state.data?.pages.flatMap((page) => page.items) ?? [];
      return items.some((job) => isOpen(job) && job.id !== current) ? WHILE_WORKING_MS : false;
    },
  });
  const seen = new Set<string>();
  const items = (query.data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((job) => !seen.has(job.id) && seen.add(job.id));
  return {
    items,
    loading: query.isPending,
    problem: query.error && !query.data ? Problem.from(query.error) : null,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    again: () => void query.refetch(),
  };
}
