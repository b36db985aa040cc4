import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Announcer } from './announce';
import type { Job } from './api.types';
import { followJob, SILENCE_MS, type World } from './follow';
import { Problem } from './problem';
import { aJob, at, T0 } from './testing';

class FakeStream extends EventTarget {
  readyState = 1;
  closed = false;
  close() {
    this.closed = true;
    this.readyState = 2;
  }
  say(job: Job) {
    const data = JSON.stringify({ event: 'job.progressed', seq: 1, job });
    this.dispatchEvent(new MessageEvent('job', { data }));
  }
}

function setUp(read: () => Promise<Job>) {
  const streams: FakeStream[] = [];
  const wake = new EventTarget();
  const world: World = {
    read: vi.fn(read),
    open: () => {
      const stream = new FakeStream();
      streams.push(stream);
      return stream as unknown as EventSource;
    },
    wake: [wake],
  };
  const watcher = { onJob: vi.fn(), onLink: vi.fn(), onGone: vi.fn() };
  const stop = followJob('job-1', watcher, world);
  return { streams, wake, world, watcher, stop };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const done = () => aJob({ status: 'done', stage: 'done', finished_at: at(9) });

it('passes on what the stream says and stops at the end', () => {
  const { streams, watcher } = setUp(async () => aJob());
  streams[0]?.say(aJob());
  streams[0]?.say(done());
  expect(watcher.onJob).toHaveBeenCalledTimes(2);
  expect(streams[0]?.closed).toBe(true);
});

it('reads for itself after silence', async () => {
  const { world, watcher } = setUp(async () => done());
  await vi.advanceTimersByTimeAsync(SILENCE_MS);
  expect(world.read).toHaveBeenCalledTimes(1);
  expect(watcher.onJob).toHaveBeenCalledTimes(1);
});

it('reads at once when the page or the network comes back', async () => {
  const { wake, world } = setUp(async () => aJob());
  wake.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(world.read).toHaveBeenCalledTimes(1);
});

it('opens the stream again when it was closed for good', async () => {
  const { streams } = setUp(async () => aJob());
  const [first] = streams;
  if (first) first.readyState = 2;
  first?.dispatchEvent(new Event('error'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(streams).toHaveLength(2);
});

it('says that it is reconnecting, and goes on trying', async () => {
  let up = false;
  const { watcher } = setUp(async () => {
    if (!up) throw new Problem('connection_lost');
    return aJob();
  });
  await vi.advanceTimersByTimeAsync(SILENCE_MS);
  expect(watcher.onLink).toHaveBeenLastCalledWith('reconnecting');
  up = true;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(watcher.onLink).toHaveBeenLastCalledWith('live');
});

it('gives up on a job that is gone', async () => {
  const { watcher, streams } = setUp(async () => {
    throw new Problem('not_found', { status: 404 });
  });
  await vi.advanceTimersByTimeAsync(SILENCE_MS);
  expect(watcher.onGone).toHaveBeenCalledTimes(1);
  expect(streams[0]?.closed).toBe(true);
});

it('is silent once stopped', async () => {
  const { stop, watcher, wake, world } = setUp(async () => aJob());
  stop();
  wake.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(world.read).not.toHaveBeenCalled();
  expect(watcher.onJob).not.toHaveBeenCalled();
});

it('announces at most ten things about one job', () => {
  const announcer = new Announcer();
  let said = 0;
  const tell = (job: Job, seconds: number) => {
    if (announcer.next(job, T0 + seconds * 1000)) said += 1;
  };
  for (let n = 30; n > 0; n--) {
    tell(aJob({ status: 'queued', stage: 'queued', queue_position: n, started_at: null }), 40 * (31 - n));
  }
  tell(aJob({ stage: 'warming' }), 1_300);
  for (let step = 0; step <= 20; step++) {
    tell(aJob({ progress: { step, steps: 20, percent: step * 5 } }), 1_310 + step);
  }
  tell(done(), 1_400);
  expect(said).toBeLessThanOrEqual(10);
});
