import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Job } from './api.types';
import { Problem } from './problem';
import { ANSWER_MS, QUIET_MS, type SendState, type SendWorld, STALL_MS, send } from './send';
import { SESSION_OPENED } from './session';
import { aJob } from './testing';
import type { JobInput } from './upload';

const BYTES = 1_000;
const INPUT: JobInput = {
  prompt: 'snow',
  ratio: '1:1',
  seed: null,
  parent: null,
  photo: { blob: new Blob(['x'.repeat(BYTES)]), name: 'a.jpg' },
  idempotencyKey: 'the-key',
};

class Attempt {
  aborted = false;
  readonly input: JobInput;
  readonly move: (sent: number, total: number) => void;
  readonly done: Promise<Job>;
  answer: (job: Job) => void = () => undefined;
  refuse: (cause: unknown) => void = () => undefined;

  constructor(input: JobInput, move: Attempt['move']) {
    this.input = input;
    this.move = move;
    this.done = new Promise((answer, refuse) => Object.assign(this, { answer, refuse }));
  }

  abort = () => {
    this.aborted = true;
    this.refuse(new Problem('upload_cancelled'));
  };
}

function setUp(change: Partial<SendWorld> = {}) {
  const attempts: Attempt[] = [];
  const network = { up: true };
  const world = {
    session: async () => undefined,
    reach: vi.fn(async () => {
      if (!network.up) throw new Problem('connection_lost');
    }),
    cancel: vi.fn(async () => aJob({ status: 'cancelled', stage: 'cancelled' })),
    wake: new EventTarget(),
    attempt: (input: JobInput, move: Attempt['move']) => {
      const made = new Attempt(input, move);
      attempts.push(made);
      return made;
    },
    ...change,
  };
  const states: SendState[] = [];
  const sending = send(INPUT, (state) => states.push(state), world);
  sending.done.catch(() => undefined);
  const last = () => attempts.at(-1) as Attempt;
  const waiting = () => states.at(-1)?.waiting;
  return { attempts, network, world, states, sending, last, waiting };
}

const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('sends, tells how far it is, and answers with the job', async () => {
  const { last, states, sending, attempts } = setUp();
  await passes(0);
  last().move(500, BYTES);
  last().answer(aJob());
  expect((await sending.done).id).toBe('job-1');
  expect(states.at(-1)).toEqual({ waiting: null, stopping: false, sent: 500, total: BYTES });
  await passes(10 * ANSWER_MS);
  expect(attempts).toHaveLength(1);
});

it('sends again under the same key what a connection has broken off', async () => {
  const { attempts, last, sending } = setUp();
  await passes(0);
  last().refuse(new Problem('upload_interrupted'));
  await passes(0);
  last().answer(aJob());
  await sending.done;
  expect(attempts.map((one) => one.input.idempotencyKey)).toEqual(['the-key', 'the-key']);
});

it('waits for the network for as long as it takes, and goes on when it is back', async () => {
  const { attempts, network, last, waiting, world } = setUp();
  await passes(0);
  network.up = false;
  last().refuse(new Problem('offline'));
  await passes(3 * 3600_000);
  expect([attempts.length, waiting()]).toEqual([1, 'network']);
  network.up = true;
  world.wake.dispatchEvent(new Event('online'));
  await passes(0);
  expect(attempts).toHaveLength(2);
});

it('notices by itself that the network is back', async () => {
  const { attempts, network, last } = setUp();
  await passes(0);
  network.up = false;
  last().refuse(new Problem('upload_interrupted'));
  await passes(60_000);
  network.up = true;
  await passes(2_000);
  expect(attempts).toHaveLength(2);
});

it.each([
  ['half-way', 500],
  ['when all has left', BYTES],
])('is sent again within seconds of a black hole that opened %s', async (_, sent) => {
  const { attempts, network, last, waiting } = setUp();
  await passes(0);
  last().move(sent, BYTES);
  network.up = false;
  await passes(30_000);
  expect([attempts.length, waiting()]).toEqual([1, 'network']);
  network.up = true;
  await passes(2_000);
  expect(attempts[0]?.aborted).toBe(true);
  expect(attempts).toHaveLength(2);
});

it('says no more once there is a job, whatever it still asks the network', async () => {
  let lost: (cause: unknown) => void = () => undefined;
  const reach = () =>
    new Promise<never>((_, reject) => {
      lost = reject;
    });
  const { last, sending, states } = setUp({ reach });
  await passes(0);
  last().move(500, BYTES);
  await passes(QUIET_MS + 1_000);
  last().answer(aJob());
  await sending.done;
  const said = states.length;
  lost(new Problem('connection_lost'));
  await passes(60_000);
  expect(states).toHaveLength(said);
});

it('leaves a slow upload alone for as long as it moves', async () => {
  const { attempts, last } = setUp();
  await passes(0);
  for (let sent = 0; sent < BYTES; sent += 100) {
    last().move(sent, BYTES);
    await passes(STALL_MS - 1_000);
  }
  expect(attempts).toHaveLength(1);
});

it('gives up a connection that is dead though the network works', async () => {
  const { attempts, last } = setUp();
  await passes(0);
  last().move(500, BYTES);
  await passes(STALL_MS + QUIET_MS);
  expect(attempts).toHaveLength(2);
});

it('gives the gateway time to think', async () => {
  const { attempts, last } = setUp();
  await passes(0);
  last().move(BYTES, BYTES);
  await passes(ANSWER_MS - QUIET_MS);
  expect(attempts).toHaveLength(1);
});

it('does not go on for ever where every upload breaks off', async () => {
  const { attempts, last, sending } = setUp();
  const failed = expect(sending.done).rejects.toMatchObject({ code: 'upload_interrupted' });
  for (let n = 0; n < 20; n++) {
    await passes(1_000);
    last().refuse(new Problem('upload_interrupted'));
  }
  await failed;
  expect(attempts).toHaveLength(6);
});

it.each([
  new Problem('insufficient_credits', { status: 402 }),
  new Problem('rate_limited', { status: 429, retry_after: 9 }),
])('passes a refusal on', async (refusal) => {
  const { last, sending, attempts } = setUp();
  await passes(0);
  last().refuse(refusal);
  await expect(sending.done).rejects.toBe(refusal);
  expect(attempts).toHaveLength(1);
});

it('waits for the session before the first byte leaves', async () => {
  let open: () => void = () => undefined;
  const session = () =>
    new Promise<void>((resolve) => {
      open = resolve;
    });
  const { attempts, waiting } = setUp({ session });
  await passes(5_000);
  expect([attempts.length, waiting()]).toEqual([0, 'network']);
  open();
  await passes(0);
  expect(attempts).toHaveLength(1);
});

it('rests when the session is refused and goes on when it is open again', async () => {
  const { attempts, last, world, waiting } = setUp();
  await passes(0);
  last().refuse(new Problem('session_invalid', { status: 401 }));
  await passes(3600_000);
  expect([attempts.length, waiting()]).toEqual([1, 'session']);
  world.wake.dispatchEvent(new Event(SESSION_OPENED));
  await passes(0);
  expect(attempts).toHaveLength(2);
});

it.each(['sending', 'waiting'])('ends when somebody stops it while %s', async (when) => {
  const { attempts, network, last, sending } = setUp();
  await passes(0);
  if (when === 'waiting') {
    network.up = false;
    last().refuse(new Problem('offline'));
    await passes(10_000);
  }
  const stopped = expect(sending.done).rejects.toMatchObject({ code: 'upload_cancelled' });
  expect(sending.stop()).toBe(true);
  await stopped;
  network.up = true;
  await passes(60_000);
  expect(attempts).toHaveLength(1);
});

it('cancels what may have become a job by the time it is stopped', async () => {
  const { attempts, last, sending, states, world } = setUp();
  await passes(0);
  last().move(BYTES, BYTES);
  expect(sending.stop()).toBe(false);
  expect(states.at(-1)).toMatchObject({ waiting: null, stopping: true });
  last().refuse(new Problem('upload_interrupted'));
  await passes(0);
  expect(attempts.map((one) => one.input.idempotencyKey)).toEqual(['the-key', 'the-key']);
  last().answer(aJob());
  expect((await sending.done).status).toBe('cancelled');
  expect(world.cancel).toHaveBeenCalledWith('job-1');
});

it('leaves a job as it is that cannot be cancelled', async () => {
  const cancel = async () => {
    throw new Problem('cancel_too_late', { status: 409 });
  };
  const { last, sending } = setUp({ cancel });
  await passes(0);
  last().move(BYTES, BYTES);
  sending.stop();
  last().answer(aJob());
  expect((await sending.done).status).toBe('running');
});

it('does not wait for the network to know what became of it', async () => {
  const { last, network, sending, waiting } = setUp();
  const stopped = expect(sending.done).rejects.toMatchObject({ code: 'upload_cancelled' });
  await passes(0);
  last().move(BYTES, BYTES);
  sending.stop();
  network.up = false;
  await passes(30_000);
  expect(waiting()).toBe('network');
  expect(sending.stop()).toBe(true);
  await stopped;
});
