import { expect, it, vi } from 'vitest';
import type { Job } from './api.types';
import { againOf, isGoing, Outbox } from './outbox';
import { Pending, type SendRow } from './pending';
import { Problem } from './problem';
import type { SendWorld } from './send';
import { aJob } from './testing';
import { memoryShelf } from './testing-store';

const ROW: SendRow = {
  key: 'k',
  tab: 'tab-1',
  at: Date.now(),
  drawable: false,
  input: { prompt: 'snow', ratio: '1:1', seed: null, parent: null, photo: null, idempotencyKey: 'k' },
};

function setUp() {
  const rows = memoryShelf<SendRow>((row) => row.key);
  const answers: { give(job: Job): void; refuse(cause: unknown): void }[] = [];
  const attempt = vi.fn(() => {
    const done = new Promise<Job>((give, refuse) => answers.push({ give, refuse }));
    return { done, abort: () => answers.at(-1)?.refuse(new Problem('upload_cancelled')) };
  });
  const world: SendWorld = {
    session: async () => undefined,
    reach: async () => undefined,
    cancel: async () => aJob({ status: 'cancelled', stage: 'cancelled' }),
    attempt,
    wake: new EventTarget(),
  };
  const onEnd = vi.fn();
  const page = () => new Outbox(world, onEnd, new Pending(rows));
  return { rows, answers, attempt, onEnd, page };
}

const settled = () => new Promise((go) => setTimeout(go));

it('keeps a request until it is a job, and the job until somebody has seen it', async () => {
  const { rows, answers, onEnd, page } = setUp();
  const outbox = page();
  outbox.send(ROW);
  await settled();
  expect([rows.rows.has('k'), outbox.now()?.prompt, isGoing(outbox.now())]).toEqual([true, 'snow', true]);
  answers[0]?.give(aJob());
  await settled();
  const ended = { row: ROW, job: aJob(), problem: null };
  expect(onEnd).toHaveBeenCalledWith(ended);
  expect([rows.rows.size, outbox.now()?.ended, isGoing(outbox.now())]).toEqual([1, ended, false]);
  outbox.settle();
  await settled();
  expect([rows.rows.size, outbox.now()]).toEqual([0, null]);
});

it('keeps a refusal until somebody has seen it', async () => {
  const { answers, page, rows } = setUp();
  const outbox = page();
  outbox.send(ROW);
  await settled();
  answers[0]?.refuse(new Problem('invalid_image', { status: 422 }));
  await settled();
  expect(outbox.now()?.ended).toMatchObject({ row: ROW, job: null, problem: { code: 'invalid_image' } });
  expect(rows.rows.size).toBe(1);
  outbox.settle();
  await settled();
  expect(rows.rows.size).toBe(0);
});

it.each([
  ['the same key when it may have become a job', new Problem('service_unavailable', { status: 503 }), true],
  ['another key when that was refused', new Problem('idempotency_mismatch', { status: 409 }), false],
])('sends the same once more, under %s', (_, problem, sameKey) => {
  const row = againOf({ row: ROW, job: null, problem });
  expect(row.key === ROW.key).toBe(sameKey);
  expect(row).toMatchObject({ tab: 'tab-1', input: { ...ROW.input, idempotencyKey: row.key } });
});

it('shows the photo until somebody has seen how it ended', async () => {
  const { answers, page } = setUp();
  const revoke = vi.spyOn(URL, 'revokeObjectURL');
  const outbox = page();
  const photo = { blob: new Blob(['photo']), name: 'home.jpg' };
  outbox.send({ ...ROW, drawable: true, input: { ...ROW.input, photo } });
  await settled();
  const shown = outbox.now()?.photoUrl;
  answers[0]?.give(aJob());
  await settled();
  expect([outbox.now()?.photoUrl, revoke.mock.calls]).toEqual([shown, []]);
  outbox.settle();
  expect(revoke).toHaveBeenCalledWith(shown);
});

it('sends one request at a time', async () => {
  const { answers, attempt, page } = setUp();
  const outbox = page();
  outbox.send(ROW);
  await settled();
  outbox.settle();
  outbox.send({ ...ROW, key: 'k2' });
  await settled();
  expect([attempt.mock.calls.length, isGoing(outbox.now())]).toEqual([1, true]);
  answers[0]?.give(aJob());
  await settled();
  outbox.send({ ...ROW, key: 'k2' });
  await settled();
  expect([attempt.mock.calls.length, outbox.now()?.ended]).toEqual([2, null]);
});

it('goes on after a reload with what its tab was sending', async () => {
  const { answers, attempt, page, rows } = setUp();
  page().send(ROW);
  await settled();
  const next = page();
  await next.resume('tab-1');
  await settled();
  expect([attempt.mock.calls.length, isGoing(next.now())]).toEqual([2, true]);
  answers[1]?.give(aJob());
  await settled();
  expect([next.now()?.ended?.row.key, rows.rows.size]).toEqual(['k', 1]);
});

it('sends again what a page went away from before anybody saw how it had ended', async () => {
  const { answers, attempt, page } = setUp();
  page().send(ROW);
  await settled();
  answers[0]?.give(aJob());
  await settled();
  const next = page();
  await next.resume('tab-1');
  await settled();
  expect([attempt.mock.calls.length, isGoing(next.now())]).toEqual([2, true]);
});

it('does not touch what another tab is sending', async () => {
  const { attempt, page } = setUp();
  page().send(ROW);
  await settled();
  const other = page();
  await other.resume('tab-2');
  expect([attempt.mock.calls.length, other.now()]).toEqual([1, null]);
});

it('forgets what somebody stopped', async () => {
  const { onEnd, page, rows } = setUp();
  const outbox = page();
  outbox.send(ROW);
  await settled();
  expect(outbox.stop()).toBe(true);
  await settled();
  expect(onEnd.mock.calls[0]?.[0].problem.code).toBe('upload_cancelled');
  expect([rows.rows.size, outbox.now()]).toEqual([0, null]);
});
