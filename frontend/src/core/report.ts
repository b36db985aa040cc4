import type { Job } from './api.types';

/** What somebody needs who is to find out what happened: names and numbers, none of the person's words. */
export function reportText(job: Job, requestId: string): string {
  const lines = [
    ['job', job.id],
    ['status', job.error ? `${job.status} (${job.error.code})` : job.status],
    ['stage', job.timeline.at(-2)?.stage ?? job.stage],
    ['attempts', String(job.attempts)],
    ['made', job.created_at],
    ['ended', job.finished_at ?? '–'],
    ['request', requestId || '–'],
  ];
  return lines.map(([name, value]) => `${name}: ${value}`).join('\n');
}
