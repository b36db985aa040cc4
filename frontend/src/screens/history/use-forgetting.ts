import { useEffect } from 'react';
import type { Config } from '../../core/api.types';
import { forgetting } from '../../core/forgetting';

/** When the page is opened, what the gateway has no longer goes from this device too. */
export function useForgetting(config: Config | null): void {
  const days = config?.retention_days;
  useEffect(() => void forgetting.forgetJobs([]), []);
  useEffect(() => {
    if (days) void forgetting.forgetExpired(days, Date.now());
  }, [days]);
}
