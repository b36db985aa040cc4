import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../core/api';
import type { Account, Config } from '../../core/api.types';

export interface House {
  account: Account | null;
  config: Config | null;
  /** A session is open: the account's own things may be asked for. */
  open: boolean;
}

/** Who is here and what the house offers. */
export function useHouse(): House {
  const client = useQueryClient();
  const session = useQuery({
    queryKey: ['session'],
    queryFn: async () => client.setQueryData(['account'], await api.openSession()) ?? null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const open = session.isSuccess;
  const config = useQuery({
    queryKey: ['config'],
    queryFn: api.config,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const account = useQuery({
    queryKey: ['account'],
    queryFn: api.account,
    enabled: open,
    staleTime: 60_000,
  });
  return { account: account.data ?? null, config: config.data ?? null, open };
}
