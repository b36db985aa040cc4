import { useEffect, useRef } from 'react';
import type { Sending } from '../../core/outbox';
import type { Problem } from '../../core/problem';
import { useOutbox } from './use-outbox';

export interface EndedNeeds {
  sending: Sending | null;
  jobId: string | null;
  go(jobId: string): void;
  refuse(problem: Problem): void;
}

/** See to what was sent once it has ended, here or while another screen was looked at. */
export function useEnded({ sending, jobId, go, refuse }: EndedNeeds): void {
  const outbox = useOutbox();
  const ended = sending?.ended ?? null;
  const before = useRef(ended);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each end is seen to once, as things stand then
  useEffect(() => {
    if (!ended) return;
    outbox.settle();
    if (ended.problem) return refuse(ended.problem);
    // Whoever came back to look at another job stays at that.
    if (jobId === null || ended !== before.current) go(ended.job.id);
  }, [ended]);
}
