import type { Job } from './api.types';
import { Problem } from './problem';

/** Further back than this nobody looks, and each step is a question to the gateway. */
const MOST_STEPS = 6;
const GONE = [404, 410];

/**
 * The jobs whose pictures this one was made from, the first one first. One that was deleted ends the line, as does the
 * number of steps: the first that is answered has a parent then.
 */
export async function ancestorsOf(job: Job, read: (id: string) => Promise<Job>): Promise<Job[]> {
  const found: Job[] = [];
  let id = job.parent_id ?? null;
  while (id && found.length < MOST_STEPS) {
    const known = await read(id).catch((cause) => {
      if (GONE.includes(Problem.from(cause).status)) return null;
      throw cause;
    });
    if (!known) break;
    found.unshift(known);
    id = known.parent_id ?? null;
  }
  return found;
}
