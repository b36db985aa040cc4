import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Job } from '../../core/api.types';
import { EVERYTHING, type Wanted } from '../../core/listing';
import { aJob, at } from '../../core/testing';
import { keyOf, noteGone, noteJob, noteNewJob, noteShown, shownBefore } from './cache';

const WORKING: Wanted = { filter: 'open', q: '' };
const SNOW: Wanted = { filter: null, q: 'snow' };
let client: QueryClient;

const put = (wanted: Wanted, ...pages: Job[][]) =>
  client.setQueryData(keyOf(wanted), {
    pages: pages.map((items) => ({ items, next_cursor: null })),
    pageParams: pages.map(() => null),
  });
const ids = (wanted: Wanted) =>
  client
    .getQueryData<{ pages: { items: Job[] }[] }>(keyOf(wanted))
    ?.pages.map((page) => page.items.map((job) => job.id));

beforeEach(() => {
  client = new QueryClient();
});

describe('news of a job', () => {
  it('are shown by every list, wherever it stands', () => {
    put(EVERYTHING, [aJob({ id: 'a' })], [aJob({ id: 'b' })]);
    noteJob(client, aJob({ id: 'b', stage: 'saving', server_time: at(9) }));
    expect(ids(EVERYTHING)).toEqual([['a'], ['b']]);
    const kept = client.getQueryData<{ pages: { items: Job[] }[] }>(keyOf(EVERYTHING));
    expect(kept?.pages[1]?.items[0]?.stage).toBe('saving');
  });
  it('take it out of a list where it no longer belongs', () => {
    put(EVERYTHING, [aJob()]);
    put(WORKING, [aJob()]);
    noteJob(client, aJob({ status: 'done', stage: 'done', server_time: at(9) }));
    expect([ids(EVERYTHING), ids(WORKING)]).toEqual([[['job-1']], [[]]]);
  });
});

describe('a new job', () => {
  it('comes first where it belongs, and once', () => {
    put(EVERYTHING, [aJob({ id: 'old' })], [aJob({ id: 'older' })]);
    put(SNOW, [aJob({ id: 'old', prompt: 'snow' })]);
    noteNewJob(client, aJob({ id: 'new' }));
    noteNewJob(client, aJob({ id: 'new' }));
    expect(ids(EVERYTHING)).toEqual([['new', 'old'], ['older']]);
    expect(ids(SNOW)).toEqual([['old']]);
    expect(client.getQueryData<Job>(['job', 'new'])?.id).toBe('new');
  });
  it('is in a list that was being read when it came', async () => {
    const answers = [[], [aJob({ id: 'new' })]];
    const read = async () => ({ items: answers.shift() ?? [], next_cursor: null });
    const list = new InfiniteQueryObserver(client, {
      queryKey: keyOf(EVERYTHING),
      queryFn: read,
      initialPageParam: null,
      getNextPageParam: () => null,
    });
    const leave = list.subscribe(() => undefined);
    noteNewJob(client, aJob({ id: 'new' }));
    await vi.waitFor(() => expect(ids(EVERYTHING)).toEqual([['new']]));
    leave();
  });
  it('makes no list that nobody has read', () => {
    noteNewJob(client, aJob());
    expect(ids(EVERYTHING)).toBe(undefined);
  });
});

it('what was opened from a list is shown as it stood there, unless it was deleted', () => {
  noteShown(client, aJob({ id: 'a', prompt: 'snow' }));
  expect(shownBefore(client, 'a')?.prompt).toBe('snow');
  noteGone(client, ['a']);
  expect([shownBefore(client, 'a'), shownBefore(client, null)]).toEqual([undefined, undefined]);
});

it('what is deleted is in no list', () => {
  put(EVERYTHING, [aJob({ id: 'a' }), aJob({ id: 'b' })]);
  put(WORKING, [aJob({ id: 'b' })]);
  client.setQueryData(['job', 'b'], aJob({ id: 'b' }));
  noteGone(client, ['b']);
  expect([ids(EVERYTHING), ids(WORKING)]).toEqual([[['a']], [[]]]);
  expect(client.getQueryData(['job', 'b'])).toBe(undefined);
});
