import { api } from './api';
import type { Job, JobEvent } from './api.types';
import { noteServerTime } from './clock';
import { isOpen } from './job';
import { Problem } from './problem';

export type Link = 'live' | 'reconnecting';

export interface Watcher {
  onJob(job: Job): void;
  onLink(link: Link): void;
  /** The job is gone for good (deleted, or another account's). */
  onGone(problem: Problem): void;
}

export interface World {
  read(id: string): Promise<Job>;
  open(url: string): EventSource;
  wake: EventTarget[];
}

export const SILENCE_MS = 8_000;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000];

function browser(): World {
  return { read: api.job, open: (url) => new EventSource(url), wake: [window, document] };
}

/**
 * Follow one job until it ends: a stream, and a plain read whenever the stream may be lying
 * (phones cut it silently): after silence, on return to the page, when the network is back.
 */
export function followJob(id: string, watcher: Watcher, world: World = browser()): () => void {
  let stream: EventSource | null = null;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let stopped = false;
  let reading = false;

  const take = (job: Job) => {
    if (stopped) return;
    failures = 0;
    watcher.onLink('live');
    watcher.onJob(job);
    if (isOpen(job)) listenForSilence(SILENCE_MS);
    else stop();
  };

  const listenForSilence = (ms: number) => {
    clearTimeout(silence);
    silence = setTimeout(reread, ms);
  };

  const reread = async () => {
    if (stopped || reading) return;
    reading = true;
    try {
      const job = await world.read(id);
      if (stream?.readyState === 2) connect();
      take(job);
    } catch (cause) {
      if (stopped) return;
      const problem = Problem.from(cause);
      if ([401, 403, 404, 410].includes(problem.status)) {
        stop();
        watcher.onGone(problem);
        return;
      }
      watcher.onLink('reconnecting');
      listenForSilence(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)] ?? SILENCE_MS);
    } finally {
      reading = false;
    }
  };

  const connect = () => {
    stream?.close();
    const opened = world.open(api.eventsUrl(id));
    stream = opened;
    opened.addEventListener('job', (event) => {
      const { job } = JSON.parse((event as MessageEvent<string>).data) as JobEvent;
      noteServerTime(job.server_time);
      take(job);
    });
    opened.addEventListener('error', () => {
      if (!stopped && stream === opened) listenForSilence(opened.readyState === 2 ? 1_000 : 1_500);
    });
  };

  const onWake = () => {
    if (typeof document !== 'undefined' && document.visibilityState === 'hidden') return;
    void reread();
  };

  const stop = () => {
    stopped = true;
    clearTimeout(silence);
    stream?.close();
    for (const target of world.wake) {
      for (const name of ['online', 'pageshow', 'visibilitychange']) target.removeEventListener(name, onWake);
    }
  };

  for (const target of world.wake) {
    for (const name of ['online', 'pageshow', 'visibilitychange']) target.addEventListener(name, onWake);
  }
  connect();
  listenForSilence(SILENCE_MS);
  return stop;
}
