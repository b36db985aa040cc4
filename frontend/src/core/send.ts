import { api } from './api';
import type { Job } from './api.types';
import { Problem } from './problem';
import { answers } from './reach';
import { pauseMs } from './retry';
import { SESSION_OPENED } from './session';
import { createJob, type JobInput, type OnBytes, type Upload } from './upload';

export type Away = 'network' | 'session';

export interface SendState {
  /** What is away, so that nothing leaves now; it goes on by itself. */
  waiting: Away | null;
  /** It is not wanted any more, but may have become a job: its answer is waited for, to cancel that. */
  stopping: boolean;
  sent: number;
  total: number;
}

/** A request on its way. */
export interface Delivery {
  done: Promise<Job>;
  /** Let it not be made; answers whether that is settled already. */
  stop(): boolean;
}

export interface SendWorld {
  /** Resolves once a session is open: a job without one would belong to an account of its own. */
  session(): Promise<unknown>;
  attempt(input: JobInput, onBytes: OnBytes): Upload;
  /** Rejects while the gateway cannot be reached. */
  reach(): Promise<unknown>;
  cancel(id: string): Promise<Job>;
  wake: EventTarget;
}

/** After so long without a byte or an answer the network is looked at. */
export const QUIET_MS = 4_000;
/** Nothing moves though the network works: this connection is dead. */
export const STALL_MS = 12_000;
/** The gateway has everything and is within reach: it may think for so long. */
export const ANSWER_MS = 60_000;
/** With the network there, an upload that breaks off so often will go on doing so. */
const MOST_ATTEMPTS = 6;
const PATIENCE_BEFORE_WORDS_MS = 1_500;

export function sendWorld(session: SendWorld['session']): SendWorld {
  return { session, attempt: createJob, reach: api.reach, cancel: api.cancel, wake: globalThis };
}

/**
 * Send a request until it is a job, over as many connections as that takes: what a network swallows or
 * cuts is sent again under the same key, and while there is none the request waits.
 */
export function send(input: JobInput, tell: (state: SendState) => void, world: SendWorld): Delivery {
  const aborted = new AbortController();
  const { signal } = aborted;
  const state: SendState = { waiting: null, stopping: false, sent: 0, total: input.photo?.blob.size ?? 0 };
  let over = false;
  const note = (news: Partial<SendState>) => {
    if (!over) tell({ ...Object.assign(state, news) });
  };
  const gone = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Problem('upload_cancelled')));
  });
  gone.catch(() => undefined);
  /** All of it has left: only the gateway knows whether it is a job. */
  const hasLeft = () => state.total > 0 && state.sent >= state.total;
  const orGone = <T>(work: Promise<T>) => Promise.race([work, gone]);

  const pause = (ms: number, name = 'online') =>
    new Promise<void>((resolve) => {
      const go = () => {
        clearTimeout(timer);
        world.wake.removeEventListener(name, go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      const timer = Number.isFinite(ms) ? setTimeout(go, ms) : undefined;
      world.wake.addEventListener(name, go);
      signal.addEventListener('abort', go);
    });

  /** Wait until the gateway answers; answers how often it did not. */
  const reachable = async () => {
    let failures = 0;
    while (!over && !(await answers(world.reach))) {
      note({ waiting: 'network' });
      await pause(pauseMs(failures++));
    }
    return failures;
  };

  const attempt = async (): Promise<Job> => {
    let movedAt = Date.now();
    let ended = false;
    const upload = world.attempt(input, (sent, total) => {
      movedAt = Date.now();
      note({ waiting: null, sent, total });
    });
    signal.addEventListener('abort', upload.abort);
    const watch = async () => {
      while (!ended) {
        await pause(Math.max(500, movedAt + QUIET_MS - Date.now()));
        if (ended || Date.now() - movedAt < QUIET_MS) continue;
        const lost = (await reachable()) > 0;
        const quiet = Date.now() - movedAt;
        if (quiet >= QUIET_MS && (lost || quiet >= (hasLeft() ? ANSWER_MS : STALL_MS))) return upload.abort();
      }
    };
    void watch();
    try {
      return await upload.done;
    } finally {
      ended = true;
      signal.removeEventListener('abort', upload.abort);
    }
  };

  const session = async () => {
    const words = setTimeout(() => note({ waiting: 'network' }), PATIENCE_BEFORE_WORDS_MS);
    try {
      await world.session();
    } finally {
      clearTimeout(words);
    }
  };

  const run = async (): Promise<Job> => {
    for (let attempts = 1; ; attempts++) {
      try {
        await session();
        note({ sent: 0 });
        return await attempt();
      } catch (cause) {
        const problem = Problem.from(cause);
        if (problem.status === 401) {
          note({ waiting: 'session', sent: 0 });
          await pause(Number.POSITIVE_INFINITY, SESSION_OPENED);
        } else if (problem.status !== 0 && problem.code !== 'upload_interrupted') throw problem;
        else if (attempts >= MOST_ATTEMPTS) throw new Problem('upload_interrupted');
        else if (await reachable()) attempts = 0;
      }
      if (signal.aborted) throw new Problem('upload_cancelled');
    }
  };

  if (typeof navigator !== 'undefined' && navigator.onLine === false) note({ waiting: 'network' });
  const wanted = async () => {
    const job = await run();
    // What cannot be cancelled goes on as any other job does.
    return state.stopping ? world.cancel(job.id).catch(() => job) : job;
  };
  const done = orGone(wanted()).finally(() => {
    over = true;
  });
  const stop = () => {
    if (hasLeft() && !state.waiting) note({ stopping: true });
    else aborted.abort();
    return signal.aborted;
  };
  return { done, stop };
}
