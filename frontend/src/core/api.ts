import type { Account, Config, Job, JobPage } from './api.types';
import { noteServerTime } from './clock';
import { Problem } from './problem';

export const BASE = '/v1';

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(BASE + path, { credentials: 'same-origin', ...init });
  } catch {
    throw new Problem(navigator.onLine === false ? 'offline' : 'connection_lost');
  }
  if (!response.ok) throw Problem.fromBody(response.status, await response.text(), response.headers);
  return response;
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await call(path, { headers: { accept: 'application/json' }, ...init });
  return (await response.json()) as T;
}

async function job(path: string, init?: RequestInit): Promise<Job> {
  const value = await json<Job>(path, { cache: 'no-store', ...init });
  noteServerTime(value.server_time);
  return value;
}

const one = (id: string) => `/jobs/${encodeURIComponent(id)}`;

export const api = {
  openSession: () => json<Account>('/session', { method: 'POST' }),
  account: () => json<Account>('/account', { cache: 'no-store' }),
  config: () => json<Config>('/config'),
  job: (id: string) => job(one(id)),
  jobs(cursor: string | null, limit: number): Promise<JobPage> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (cursor) query.set('cursor', cursor);
    return json<JobPage>(`/jobs?${query}`, { cache: 'no-store' });
  },
  cancel: (id: string) => job(`${one(id)}/cancel`, { method: 'POST' }),
  async remove(id: string, keepalive = false): Promise<void> {
    await call(one(id), { method: 'DELETE', keepalive });
  },
  eventsUrl: (id: string) => `${BASE}${one(id)}/events`,
};

/** Bytes of a picture that the studio itself shows, so that it can be sent again. */
export async function fetchPhoto(url: string): Promise<Blob> {
  try {
    const response = await fetch(url, { credentials: 'same-origin' });
    if (response.ok) return await response.blob();
  } catch {
    // the network, or a store that does not let scripts read
  }
  throw new Problem('photo_unreachable');
}
