import type { Account, Config, Job, JobPage, Status } from './api.types';
import { noteServerTime } from './clock';
import { hedge } from './hedge';
import { Problem } from './problem';
import { ask, BASE, download } from './wire';

const REACH_MS = 3_000;
const REACH_AGAIN_MS = 1_000;

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  return JSON.parse(await ask(path, { headers: { accept: 'application/json' }, ...init })) as T;
}

async function job(path: string, init?: RequestInit): Promise<Job> {
  const value = await json<Job>(path, { cache: 'no-store', ...init });
  noteServerTime(value.server_time);
  return value;
}

const one = (id: string) => `/jobs/${encodeURIComponent(id)}`;

export interface JobsWanted {
  /** Words of the prompt. */
  q?: string;
  status?: Status;
  cursor?: string | null;
  limit?: number;
}

/** A smaller or recoded copy of one of a job's pictures; the server makes it when it is first asked for. */
export type Variant =
  | { of: 'result'; format: 'png' | 'jpeg' | 'webp'; quality?: number }
  | { of: 'thumbnail'; size: 384 | 768 }
  | { of: 'image'; size: 384 | 1024 };

/** The address of a variant; a result is sent as a file to keep. */
export function variantUrl(id: string, variant: Variant): string {
  const { of, ...wanted } = variant;
  const query = new URLSearchParams(of === 'result' ? { download: '1' } : {});
  for (const [name, value] of Object.entries(wanted)) query.set(name, String(value));
  return `${BASE}${one(id)}/${of}?${query}`;
}

export const api = {
  openSession: () => json<Account>('/session', { method: 'POST' }),
  account: () => json<Account>('/account', { cache: 'no-store' }),
  config: () => json<Config>('/config'),
  /** Rejects, before long, while the gateway is out of reach. */
  reach: () => hedge(() => ask('/config', { cache: 'no-store' }, REACH_MS), REACH_AGAIN_MS, 3),
  job: (id: string) => job(one(id)),
  jobs({ q, status, cursor, limit = 12 }: JobsWanted): Promise<JobPage> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (q) query.set('q', q);
    if (status) query.set('status', status);
    if (cursor) query.set('cursor', cursor);
    return json<JobPage>(`/jobs?${query}`, { cache: 'no-store' });
  },
  cancel: (id: string) => job(`${one(id)}/cancel`, { method: 'POST' }),
  async remove(id: string, keepalive = false): Promise<void> {
    await ask(one(id), { method: 'DELETE', keepalive });
  },
  eventsUrl: (id: string) => `${BASE}${one(id)}/events`,
};

/** Bytes of a picture that the studio itself shows, so that it can be sent again. */
export async function fetchPhoto(url: string): Promise<Blob> {
  try {
    return await download(url);
  } catch {
    // the network, or a store that does not let scripts read
    throw new Problem('photo_unreachable');
  }
}
