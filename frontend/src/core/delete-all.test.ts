import { describe, expect, it, vi } from 'vitest';
import { deleteAll, type Gateway } from './delete-all';
import { Problem } from './problem';
import { aJob } from './testing';

const jobs = (...ids: string[]) => ids.map((id) => aJob({ id }));

/** A gateway with so many pages of jobs. */
function gateway(pages: string[][], remove: Gateway['remove'] = async () => undefined): Gateway {
  return {
    jobs: async ({ cursor }) => {
      const at = Number(cursor ?? 0);
      return { items: jobs(...(pages[at] ?? [])), next_cursor: pages[at + 1] ? String(at + 1) : null };
    },
    remove: vi.fn(remove),
  };
}

describe('deleting everything', () => {
  it('goes through all pages and counts aloud', async () => {
    const told: number[] = [];
    const all = await deleteAll(gateway([['a', 'b'], ['c']]), (n) => told.push(n));
    expect(all).toEqual({ deleted: ['a', 'b', 'c'], problem: null });
    expect(told).toEqual([1, 2, 3]);
  });

  it('asks for a few at a time', async () => {
    let under = 0;
    let most = 0;
    const ids = Array.from({ length: 11 }, (_, at) => `job-${at}`);
    const slow = gateway([ids], async () => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setTimeout(resolve, 1));
      under -= 1;
    });
    expect((await deleteAll(slow, () => undefined)).deleted).toHaveLength(11);
    expect(most).toBe(4);
  });

  it('stops at a refusal and says which were deleted', async () => {
    const refusal = new Problem('connection_lost');
    const one = gateway([['a', 'b'], ['c']], async (id) => {
      if (id === 'b') throw refusal;
    });
    expect(await deleteAll(one, () => undefined)).toEqual({ deleted: ['a'], problem: refusal });
    expect(one.remove).not.toHaveBeenCalledWith('c');
  });

  it('takes what is gone already as deleted', async () => {
    const one = gateway([['a']], async () => {
      throw new Problem('not_found', { status: 404 });
    });
    expect(await deleteAll(one, () => undefined)).toEqual({ deleted: ['a'], problem: null });
  });

  it('says so when the list itself cannot be read', async () => {
    const broken: Gateway = { ...gateway([]), jobs: () => Promise.reject(new TypeError('no network')) };
    const { deleted, problem } = await deleteAll(broken, () => undefined);
    expect([deleted, problem?.code]).toEqual([[], 'connection_lost']);
  });
});
