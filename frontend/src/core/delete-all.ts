import type { Job, JobPage } from './api.types';
import { Problem } from './problem';

export interface Gateway {
  jobs(wanted: { cursor: string | null; limit: number }): Promise<JobPage>;
  remove(id: string): Promise<void>;
}

export interface DeletedAll {
  deleted: string[];
  /** Why the rest is still there; null when nothing is. */
  problem: Problem | null;
}

const PAGE = 50;
const AT_ONCE = 4;

/** Delete every job of the account, a few at a time; `onProgress` hears how many are gone. */
export async function deleteAll(
  gateway: Gateway,
  onProgress: (deleted: number) => void,
): Promise<DeletedAll> {
  const deleted: string[] = [];
  let problem: Problem | null = null;
  const remove = async ({ id }: Job) => {
    try {
      await gateway.remove(id);
    } catch (cause) {
      const refusal = Problem.from(cause);
      if (refusal.status !== 404) {
        problem = refusal;
        return;
      }
    }
    deleted.push(id);
    onProgress(deleted.length);
  };
  try {
    let cursor: string | null = null;
    do {
      const page: JobPage = await gateway.jobs({ cursor, limit: PAGE });
      for (let at = 0; at < page.items.length && !problem; at += AT_ONCE)
        await Promise.all(page.items.slice(at, at + AT_ONCE).map(remove));
      cursor = page.next_cursor;
    } while (cursor && !problem);
  } catch (cause) {
    problem = Problem.from(cause);
  }
  return { deleted, problem };
}
