import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Job } from '../../core/api.types';
import { keepPhoto } from '../../core/blobs';
import type { Draft } from '../../core/draft';
import type { Photo } from '../../core/photo';
import { Problem } from '../../core/problem';
import { createJob, type Upload } from '../../core/upload';
import { noteNewJob } from '../history/cache';

export interface Sending {
  sent: number;
  total: number;
  photoUrl: string | null;
  prompt: string;
  ratio: string;
}

export interface Submit {
  sending: Sending | null;
  problem: Problem | null;
  setProblem(problem: Problem | null): void;
  send(draft: Draft, photo: Photo | null, ratio: string): Promise<Job | null>;
  abort(): void;
}

/** Send drafts, one at a time, and keep what went wrong with the last one. */
export function useSubmit(): Submit {
  const client = useQueryClient();
  const [sending, setSending] = useState<Sending | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const upload = useRef<Upload | null>(null);

  const send = useCallback<Submit['send']>(
    async (draft, photo, ratio) => {
      if (upload.current) return null;
      const used = draft.mode === 'photo' ? photo : null;
      const base = { photoUrl: used?.url ?? null, prompt: draft.prompt, ratio };
      setProblem(null);
      setSending({ ...base, sent: 0, total: used?.blob.size ?? 0 });
      try {
        upload.current = createJob(
          { prompt: draft.prompt.trim(), ratio, photo: used, idempotencyKey: draft.key },
          (sent, total) => setSending({ ...base, sent, total }),
        );
        const job = await upload.current.done;
        if (used) void keepPhoto(`job:${job.id}`, used);
        noteNewJob(client, job);
        return job;
      } catch (cause) {
        const failure = Problem.from(cause);
        setProblem(failure.code === 'upload_cancelled' ? null : failure);
        return null;
      } finally {
        upload.current = null;
        setSending(null);
        void client.invalidateQueries({ queryKey: ['account'] });
      }
    },
    [client],
  );

  const abort = useCallback(() => upload.current?.abort(), []);

  const busy = sending !== null;
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);

  return { sending, problem, setProblem, send, abort };
}
