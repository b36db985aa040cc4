import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';

export interface Address {
  jobId: string | null;
  /** Show a job, or none; the address keeps it over a reload. */
  go(jobId: string | null, replace?: boolean): void;
}

export function useAddress(): Address {
  const [path, navigate] = useLocation();
  const search = useSearch();
  const jobId = useMemo(() => new URLSearchParams(search).get('job'), [search]);
  const go = useCallback<Address['go']>(
    (id, replace = false) => {
      navigate(id ? `${path}?job=${encodeURIComponent(id)}` : path, { replace });
    },
    [navigate, path],
  );
  return { jobId, go };
}
