import { useEffect, useRef } from 'react';
import type { Job } from '../../core/api.types';
import { wishesOf } from '../../core/draft';
import { photoOf } from '../../core/job-photo';
import type { Limits } from '../../core/photo';
import { desk } from './use-draft';

function isEmpty(): boolean {
  const { draft, photo } = desk.now();
  return !draft.prompt && !photo && !draft.parent && draft.ratio === null;
}

export interface ResumeNeeds {
  restored: boolean;
  job: Job | null;
  jobId: string | null;
  limits: Limits | null;
}

/** A page opened on a job, with nothing of one's own in the form: what the job was made of stands there. */
export function useResume({ restored, job, jobId, limits }: ResumeNeeds): void {
  const opened = useRef<string | null | undefined>(undefined);
  if (restored && opened.current === undefined) opened.current = jobId;

  useEffect(() => {
    if (!restored || !job || !limits || job.id !== opened.current) return;
    opened.current = null;
    if (isEmpty()) void desk.replace(wishesOf(job), photoOf(job, limits));
  }, [job, limits, restored]);
}
