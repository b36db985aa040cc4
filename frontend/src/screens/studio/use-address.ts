import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';
import { jobIn, jobPath } from '../../core/job-path';

export interface Address {
  jobId: string | null;
  /** Show a job, or none; the address keeps it over a reload. */
  go(jobId: string | null, replace?: boolean): void;
}

export function useAddress(): Address {
  const [path, navigate] = useLocation();
  const search = useSearch();
  const jobId = jobIn(search);
  const go = useCallback<Address['go']>(
    (id, replace = false) => {
      navigate(id ? jobPath(path, id) : path, { replace });
    },
    [navigate, path],
  );
  return { jobId, go };
}
