import { useEffect, useRef } from 'react';
import type { Job } from '../../core/api.types';
import { isOpen } from '../../core/job';
import type { Refused, Sending } from '../../core/outbox';
import { isRefusal, type Problem } from '../../core/problem';
import { desk } from './use-draft';
import { useOutbox } from './use-outbox';

export interface EndedNeeds {
  sending: Sending | null;
  jobId: string | null;
  /** What stands in the form is known. */
  restored: boolean;
  go(jobId: string): void;
  cancel(job: Job): Promise<void>;
  /** What stands in the form was refused. */
  refuse(problem: Problem): void;
  /** Something else was. */
  onRefused(refused: Refused): void;
}

/** See to what was sent once it has ended, here or while another screen was looked at. */
export function useEnded({ sending, jobId, restored, go, cancel, refuse, onRefused }: EndedNeeds): void {
  const outbox = useOutbox();
  const ended = sending?.ended ?? null;
  const before = useRef(ended);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each end is seen to once, as things stand then
  useEffect(() => {
    if (!ended || (ended.problem && !restored)) return;
    outbox.settle();
    if (ended.problem) {
      const { row, problem } = ended;
      const isDraft = desk.now().draft.key === row.key;
      if (isRefusal(problem)) desk.rekey(row.key);
      return isDraft ? refuse(problem) : onRefused(ended);
    }
    // It could not be cancelled at once: who tries again hears why.
    if (sending?.stopping && isOpen(ended.job)) void cancel(ended.job);
    // Whoever came back to look at another job stays at that.
    if (jobId === null || ended !== before.current) go(ended.job.id);
  }, [ended, restored]);
}
