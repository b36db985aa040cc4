import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Job } from './api.types';
import { followJob, HANGING_MS, SILENCE_MS, type World } from './follow';
import { Problem } from './problem';
import { SESSION_OPENED } from './session';
import { aJob, at } from './testing';

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
  const following = followJob('job-1', watcher, world);
  return { streams, wake, world, watcher, ...following };
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

const swallowed = () => new Promise<never>(() => undefined);

it('is back within five seconds of a network that swallowed every read', async () => {
  let up = false;
  const { watcher, streams } = setUp(() => (up ? Promise.resolve(aJob()) : swallowed()));
  await vi.advanceTimersByTimeAsync(SILENCE_MS + 60_000);
  expect(watcher.onLink).toHaveBeenLastCalledWith('reconnecting');
  up = true;
  await vi.advanceTimersByTimeAsync(HANGING_MS);
  expect(watcher.onLink).toHaveBeenLastCalledWith('live');
  expect(streams).toHaveLength(2);
  expect(streams[0]?.closed).toBe(true);
});

it('does not wait for a hanging read when the network says that it is back', async () => {
  let up = false;
  const { wake, watcher } = setUp(() => (up ? Promise.resolve(aJob()) : swallowed()));
  await vi.advanceTimersByTimeAsync(SILENCE_MS + 1_000);
  up = true;
  wake.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(watcher.onJob).toHaveBeenCalledTimes(1);
});

it('takes an answer that comes late, and lets no late failure undo a newer answer', async () => {
  const answers: { give(job: Job): void; fail(cause: unknown): void }[] = [];
  const { watcher } = setUp(() => new Promise((give, fail) => answers.push({ give, fail })));
  await vi.advanceTimersByTimeAsync(SILENCE_MS + HANGING_MS);
  expect(answers).toHaveLength(2);
  answers[1]?.give(aJob());
  answers[0]?.fail(new Problem('connection_lost'));
  await vi.advanceTimersByTimeAsync(0);
  expect(watcher.onLink).toHaveBeenLastCalledWith('live');
  expect(watcher.onJob).toHaveBeenCalledTimes(1);
});

it('opens another stream when a read knows what the stream did not say', async () => {
  const { streams } = setUp(async () => aJob({ stage: 'saving' }));
  streams[0]?.say(aJob({ stage: 'generating' }));
  await vi.advanceTimersByTimeAsync(SILENCE_MS);
  expect(streams).toHaveLength(2);
});

it('leaves a stream alone that has nothing to say', async () => {
  const { streams, world } = setUp(async () => aJob());
  streams[0]?.say(aJob());
  await vi.advanceTimersByTimeAsync(3 * SILENCE_MS);
  expect(world.read).toHaveBeenCalledTimes(3);
  expect(streams).toHaveLength(1);
});

it('does not hear a stream that it has replaced', async () => {
  const { streams, watcher } = setUp(async () => aJob({ stage: 'saving' }));
  streams[0]?.say(aJob());
  await vi.advanceTimersByTimeAsync(SILENCE_MS);
  const heard = watcher.onJob.mock.calls.length;
  streams[0]?.say(aJob());
  expect(watcher.onJob).toHaveBeenCalledTimes(heard);
});

it('rests while the session is refused and goes on when it is open again', async () => {
  let open = false;
  const { streams, wake, watcher, world } = setUp(async () => {
    if (!open) throw new Problem('session_invalid', { status: 401 });
    return aJob();
  });
  await vi.advanceTimersByTimeAsync(SILENCE_MS + 60_000);
  expect(world.read).toHaveBeenCalledTimes(1);
  expect(watcher.onGone).not.toHaveBeenCalled();
  open = true;
  wake.dispatchEvent(new Event(SESSION_OPENED));
  await vi.advanceTimersByTimeAsync(0);
  expect(watcher.onJob).toHaveBeenCalledTimes(1);
  expect(streams.at(-1)?.closed).toBe(false);
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
