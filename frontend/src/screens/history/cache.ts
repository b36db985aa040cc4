import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { Job, JobPage } from '../../core/api.types';
import { newer } from '../../core/job';

export const JOBS = ['jobs'];
type Pages = InfiniteData<JobPage, string | null>;

/** A job has news: every list that shows it shows them. */
export function noteJob(client: QueryClient, job: Job): void {
  client.setQueryData<Pages>(JOBS, (pages) => pages && mapItems(pages, (one) => newer(one, job), job.id));
}

function mapItems(pages: Pages, change: (job: Job) => Job, id: string): Pages {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      items: page.items.map((one) => (one.id === id ? change(one) : one)),
    })),
  };
}

/** A job was made here: it comes first. */
export function noteNewJob(client: QueryClient, job: Job): void {
  client.setQueryData<Job>(['job', job.id], (known) => newer(known, job));
  client.setQueryData<Pages>(JOBS, (pages) => {
    const [first, ...rest] = pages?.pages ?? [];
    if (!pages || !first) return pages;
    if (pages.pages.some((page) => page.items.some((one) => one.id === job.id))) return pages;
    return { ...pages, pages: [{ ...first, items: [job, ...first.items] }, ...rest] };
  });
}
