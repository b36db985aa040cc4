import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { keepPhoto } from '../../core/blobs';
import type { Draft } from '../../core/draft';
import { type OnEnd, Outbox, type Sending } from '../../core/outbox';
import type { SendRow } from '../../core/pending';
import type { Photo } from '../../core/photo';
import { isRefusal } from '../../core/problem';
import { Retries } from '../../core/retries';
import { sendWorld } from '../../core/send';
import { sessionQuery } from '../../shell/use-house';
import { JOBS, noteNewJob } from '../history/cache';
import { desk, tabDrafts } from './use-draft';

/** One for all screens: what is being sent goes on while somebody looks at another one. */
const outboxes = new WeakMap<QueryClient, Outbox>();

export const retries = new Retries();

function outboxOf(client: QueryClient): Outbox {
  const known = outboxes.get(client);
  if (known) return known;
  const session = () => client.fetchQuery(sessionQuery(client));
  const made = new Outbox(sendWorld(session), onEndWith(client));
  outboxes.set(client, made);
  return made;
}

function onEndWith(client: QueryClient): OnEnd {
  return ({ row: { key, input }, job, problem }) => {
    if (job || isRefusal(problem)) retries.settle(key);
    if (job) {
      noteNewJob(client, job);
      desk.renew(key);
      if (input.photo) void keepPhoto(`job:${job.id}`, input.photo);
    } else if (problem.code === 'upload_cancelled') {
      // It may have become a job all the same, just before.
      void client.invalidateQueries({ queryKey: JOBS });
    }
    void client.invalidateQueries({ queryKey: ['account'] });
  };
}

export function useOutbox(): Outbox {
  return outboxOf(useQueryClient());
}

export function useSending(): Sending | null {
  const { subscribe, now } = useOutbox();
  return useSyncExternalStore(subscribe, now, () => null);
}

/** A draft as a request. */
export function requestOf(draft: Draft, photo: Photo | null, ratio: string): SendRow {
  const { key, mode, seed } = draft;
  const used = mode === 'photo' ? photo : null;
  return {
    key,
    tab: tabDrafts().tab,
    at: Date.now(),
    drawable: used?.size != null,
    input: {
      prompt: draft.prompt.trim(),
      ratio,
      seed,
      photo: used && { blob: used.blob, name: used.name },
      parent: mode === 'photo' ? draft.parent : null,
      idempotencyKey: key,
    },
  };
}
