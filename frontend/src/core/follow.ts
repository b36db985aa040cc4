import { api } from './api';
import type { Job, JobEvent } from './api.types';
import { noteServerTime } from './clock';
import { isOpen } from './job';
import { Problem } from './problem';
import { SESSION_OPENED } from './session';

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

export interface Following {
  /** Read now, whatever else is under way. */
  reread(): void;
  stop(): void;
}

/** A stream that says nothing for so long is checked by a read. */
export const SILENCE_MS = 8_000;
/** A read that hangs is not waited for: the next one may find a way. */
export const HANGING_MS = 4_000;
const PAUSES_MS = [500, 1_000, 2_000];
/** Several signs of life at once are one reason to read. */
const SAME_WAKE_MS = 300;
const WAKES = ['online', 'pageshow', 'visibilitychange', SESSION_OPENED];

function sameNews(a: Job, b: Job): boolean {
  const news = ({ status, stage, attempts, progress }: Job) =>
    JSON.stringify([status, stage, attempts, progress?.step, progress?.percent]);
  return news(a) === news(b);
}

function browser(): World {
  return { read: api.job, open: (url) => new EventSource(url), wake: [window, document] };
}

/**
 * Follow one job until it ends: a stream, and a plain read whenever the stream may be lying
 * (phones cut it silently): after silence, on return to the page, when the network is back.
 */
export function followJob(id: string, watcher: Watcher, world: World = browser()): Following {
  let stream: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told: Job | null = null;
  /** A read failed or hung since the stream last spoke: what carried it may be dead as well. */
  let shaken = false;
  let failures = 0;
  let newest = 0;
  let answered = 0;
  let readAt = Number.NEGATIVE_INFINITY;
  let paused = false;
  let stopped = false;

  const wait = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(reread, ms);
  };

  const take = (job: Job) => {
    told = job;
    failures = 0;
    shaken = false;
    watcher.onLink('live');
    watcher.onJob(job);
    if (isOpen(job)) wait(SILENCE_MS);
    else stop();
  };

  const stumble = () => {
    shaken = true;
    watcher.onLink('reconnecting');
    return PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)] ?? SILENCE_MS;
  };

  const reread = async () => {
    if (stopped || paused) return;
    if (newest > answered) stumble();
    const turn = ++newest;
    readAt = Date.now();
    wait(HANGING_MS);
    try {
      const job = await world.read(id);
      if (stopped || paused) return;
      answered = Math.max(answered, newest);
      const silent = stream?.readyState !== 1 || !told || !sameNews(told, job);
      if (isOpen(job) && (shaken || silent)) connect();
      take(job);
    } catch (cause) {
      if (!stopped && !paused && turn === newest) refused(Problem.from(cause), turn);
    }
  };

  const refused = (problem: Problem, turn: number) => {
    answered = turn;
    if (problem.status === 401) {
      paused = true;
      clearTimeout(timer);
      stream?.close();
    } else if ([403, 404, 410].includes(problem.status)) {
      stop();
      watcher.onGone(problem);
    } else wait(stumble());
  };

  const connect = () => {
    stream?.close();
    const opened = world.open(api.eventsUrl(id));
    stream = opened;
    opened.addEventListener('job', (event) => {
      if (stopped || stream !== opened) return;
      const { job } = JSON.parse((event as MessageEvent<string>).data) as JobEvent;
      noteServerTime(job.server_time);
      take(job);
    });
    opened.addEventListener('error', () => {
      if (!stopped && !paused && stream === opened) wait(1_000);
    });
  };

  const onWake = (event: Event) => {
    if (typeof document !== 'undefined' && document.visibilityState === 'hidden') return;
    if (event.type === SESSION_OPENED && paused) {
      paused = false;
      connect();
    } else if (Date.now() - readAt < SAME_WAKE_MS) return;
    void reread();
  };

  const eachWake = (act: (target: EventTarget, name: string) => void) => {
    for (const target of world.wake) for (const name of WAKES) act(target, name);
  };

  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    stream?.close();
    eachWake((target, name) => target.removeEventListener(name, onWake));
  };

  eachWake((target, name) => target.addEventListener(name, onWake));
  connect();
  wait(SILENCE_MS);
  return { reread: () => void reread(), stop };
}
