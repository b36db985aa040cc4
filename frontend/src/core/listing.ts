import type { Job, Status } from './api.types';
import { isOpen } from './job';

/** What a list of jobs can be narrowed to: a status, or what is still under way. */
export const FILTERS = ['done', 'open', 'failed', 'cancelled'] as const;
export type Filter = (typeof FILTERS)[number];

export interface Wanted {
  filter: Filter | null;
  /** Words of the prompt, trimmed; the empty string is no wish. */
  q: string;
}

export const EVERYTHING: Wanted = { filter: null, q: '' };
const SEARCH_CODE_POINTS = 100;

/** A wish as an address carries it, and as a list's key: equal wishes are equal texts. */
export function searchOf({ filter, q }: Wanted): string {
  const params = new URLSearchParams();
  if (q) params.set('q', q);
  if (filter) params.set('show', filter);
  return params.toString();
}

export function wantedOf(search: string): Wanted {
  const params = new URLSearchParams(search);
  const filter = FILTERS.find((one) => one === params.get('show')) ?? null;
  return { filter, q: cleaned(params.get('q') ?? '') };
}

/** Search words as the gateway takes them. */
export function cleaned(text: string): string {
  return [...text.trim()].slice(0, SEARCH_CODE_POINTS).join('');
}

/** The statuses to ask the gateway for, one request each; none is all of them. */
export function statusesOf(filter: Filter | null): Status[] {
  if (filter === null) return [];
  return filter === 'open' ? ['queued', 'running'] : [filter];
}

/** Whether a job belongs into a list, as far as can be told here. */
export function belongs(job: Job, { filter, q }: Wanted): boolean {
  if (filter && (filter === 'open' ? !isOpen(job) : job.status !== filter)) return false;
  return job.prompt.toLocaleLowerCase().includes(q.toLocaleLowerCase());
}

export function newestFirst(a: Job, b: Job): number {
  return b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id);
}

const DAY_MS = 86_400_000;

/** Whole days until a picture is deleted; 0 is less than one, null is never. */
export function daysLeft(expiresAt: string | null | undefined, nowMs: number): number | null {
  if (!expiresAt) return null;
  return Math.max(0, Math.floor((Date.parse(expiresAt) - nowMs) / DAY_MS));
}
