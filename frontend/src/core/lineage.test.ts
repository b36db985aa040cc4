import { expect, it } from 'vitest';
import { ancestorsOf } from './lineage';
import { Problem } from './problem';
import { aJob } from './testing';

const line = ['a', 'b', 'c'].map((id, at, all) => aJob({ id, parent_id: all[at - 1] ?? null }));
const last = aJob({ id: 'd', parent_id: 'c' });

function reading(refusals: Record<string, Problem>) {
  return async (id: string) => {
    const refusal = refusals[id];
    if (refusal) throw refusal;
    const job = line.find((one) => one.id === id);
    if (!job) throw new Error(`no ${id}`);
    return job;
  };
}
const ids = async (refusals: Record<string, Problem>) =>
  (await ancestorsOf(last, reading(refusals))).map((job) => job.id);

it('goes back to the first picture', async () => expect(await ids({})).toEqual(['a', 'b', 'c']));

it('ends where one was deleted', async () => {
  expect(await ids({ b: new Problem('not_found', { status: 404 }) })).toEqual(['c']);
  expect(await ids({ b: new Problem('job_gone', { status: 410 }) })).toEqual(['c']);
});

it('ends where nobody looks any further, at a picture that was made of another', async () => {
  const read = async (id: string) => aJob({ id, parent_id: `${Number(id) - 1}` });
  const found = await ancestorsOf(aJob({ id: '9', parent_id: '8' }), read);
  expect([found.length, found[0]?.parent_id]).toEqual([6, '2']);
});

it('is not known while one cannot be read', async () => {
  await expect(ids({ b: new Problem('connection_lost') })).rejects.toThrow();
  await expect(ids({ b: new Problem('internal_error', { status: 500 }) })).rejects.toThrow();
});
