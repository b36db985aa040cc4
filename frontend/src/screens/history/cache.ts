import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query';
import type { Job, JobPage } from '../../core/api.types';
import { newer } from '../../core/job';
import { belongs, searchOf, type Wanted, wantedOf } from '../../core/listing';

/** What all lists of jobs have at the beginning of their keys. */
export const JOBS = ['jobs'];
type Pages = InfiniteData<JobPage, string | null>;

export function keyOf(wanted: Wanted): QueryKey {
  return [...JOBS, searchOf(wanted)];
}

/** Change every list that has been read; `change` gets the jobs of each page. */
function changeLists(client: QueryClient, change: (page: Job[], wanted: Wanted, at: number) => Job[]): void {
  for (const [key, pages] of client.getQueriesData<Pages>({ queryKey: JOBS })) {
    if (!pages) continue;
    const wanted = wantedOf(String(key[1] ?? ''));
    client.setQueryData<Pages>(key, {
      ...pages,
      pages: pages.pages.map((page, at) => ({ ...page, items: change(page.items, wanted, at) })),
    });
  }
}

/** A job has news: every list that shows it shows them, or shows it no longer. */
export function noteJob(client: QueryClient, job: Job): void {
  changeLists(client, (page, wanted) =>
    page
      .map((one) => (one.id === job.id ? newer(one, job) : one))
      .filter((one) => one.id !== job.id || belongs(one, wanted)),
  );
}

/** A job was made here: it comes first. A list that is being read may know nothing of it, and is read again. */
export function noteNewJob(client: QueryClient, job: Job): void {
  client.setQueryData<Job>(['job', job.id], (known) => newer(known, job));
  changeLists(client, (page, wanted, at) => {
    const others = page.filter((one) => one.id !== job.id);
    return at === 0 && belongs(job, wanted) ? [job, ...others] : others;
  });
  if (client.isFetching({ queryKey: JOBS })) void readAgain(client);
}

/** Invalidating alone goes on with what is being read for the first time. */
async function readAgain(client: QueryClient): Promise<void> {
  await client.cancelQueries({ queryKey: JOBS });
  await client.invalidateQueries({ queryKey: JOBS });
}

/** A job as a list shows it, for whoever opens it there: it stands until the job itself has been read. */
export function noteShown(client: QueryClient, job: Job): void {
  client.setQueryData(['shown', job.id], job);
}

export function shownBefore(client: QueryClient, id: string | null): Job | undefined {
  return client.getQueryData(['shown', id]);
}

/** Jobs were deleted: no list shows them. */
export function noteGone(client: QueryClient, ids: string[]): void {
  for (const id of ids) for (const about of ['job', 'shown']) client.removeQueries({ queryKey: [about, id] });
  changeLists(client, (page) => page.filter((one) => !ids.includes(one.id)));
}
