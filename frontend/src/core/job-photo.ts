import { fetchPhoto } from './api';
import type { Job } from './api.types';
import { keptPhoto } from './blobs';
import { type Limits, type Photo, readPhoto } from './photo';

/**
 * How to come by the photo that a job was made of: this browser's own copy, or the server's. Null when it was
 * made of words, or of a picture of the house, which is not sent again.
 */
export function photoOf(job: Job, limits: Limits | null): (() => Promise<Photo>) | null {
  const { id, image_url, parent_id } = job;
  if (!image_url || parent_id) return null;
  return async () => {
    const kept = await keptPhoto(`job:${id}`);
    return readPhoto(kept?.blob ?? (await fetchPhoto(image_url)), kept?.name ?? 'photo', limits);
  };
}
