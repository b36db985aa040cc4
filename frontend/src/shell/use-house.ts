import { type Query, type QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../core/api';
import type { Account, Config } from '../core/api.types';
import type { Link } from '../core/follow';
import { Problem } from '../core/problem';

export interface House {
  account: Account | null;
  config: Config | null;
  /** A session is open: the account's own things may be asked for. */
  open: boolean;
  /** Whether the gateway answers what the page asks when it is opened. */
  link: Link;
  /** Ask at once for what has not come yet. */
  reread(): void;
  /** Why the house does not open at all, when it says so. */
  closed: Problem | null;
}

/** The page's session; whoever needs one waits for this and opens none of their own. */
export function sessionQuery(client: QueryClient) {
  return queryOptions({
    queryKey: ['session'],
    queryFn: async () => client.setQueryData(['account'], await api.openSession()) ?? null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Who is here and what the house offers. */
export function useHouse(): House {
  const client = useQueryClient();
  const session = useQuery(sessionQuery(client));
  const config = useQuery({
    queryKey: ['config'],
    queryFn: api.config,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const account = useQuery({
    queryKey: ['account'],
    queryFn: api.account,
    enabled: session.isSuccess,
    staleTime: 60_000,
  });
  const reread = useCallback(() => {
    const missing = { type: 'active', predicate: (query: Query) => query.state.data === undefined } as const;
    void client.cancelQueries(missing).then(() => client.refetchQueries(missing));
  }, [client]);
  const away = [session, config].some((query) => query.data === undefined && query.failureCount > 0);
  return {
    account: account.data ?? null,
    config: config.data ?? null,
    open: session.isSuccess,
    link: away ? 'reconnecting' : 'live',
    reread,
    closed: session.isSuccess ? null : (closedBy(session.failureReason) ?? closedBy(config.failureReason)),
  };
}

function closedBy(cause: unknown): Problem | null {
  return cause instanceof Problem && cause.code === 'maintenance' ? cause : null;
}
