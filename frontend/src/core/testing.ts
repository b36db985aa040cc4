import type { Job, Stage } from './api.types';

export const T0 = Date.parse('2026-11-20T10:00:00Z');
export const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();

/** A job as the gateway would tell it, for tests. */
export function aJob(change: Partial<Job> = {}): Job {
  const stage: Stage = change.stage ?? 'generating';
  return {
    id: 'job-1',
    status: 'running',
    stage,
    prompt: 'warm light',
    negative_prompt: '',
    model: 'qwen-image-edit',
    ratio: '1:1',
    seed: 1,
    parent_id: null,
    image_url: '/v1/jobs/job-1/image',
    result_url: null,
    thumbnail_url: null,
    download_url: null,
    image_download_url: null,
    image_thumbnail_url: null,
    result_width: null,
    result_height: null,
    error: null,
    attempts: 1,
    progress: null,
    queue_position: null,
    eta: { p50_ms: 9_000, p90_ms: 15_000, n: 42 },
    credits: { held: 2, charged: 0, released: 0, reason: null },
    timeline: [{ stage: 'queued', at: at(0) }],
    created_at: at(0),
    started_at: at(2),
    finished_at: null,
    expires_at: null,
    server_time: at(5),
    ...change,
  };
}
