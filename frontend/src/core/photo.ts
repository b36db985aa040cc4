import type { Config } from './api.types';
import { unreachable } from './wire';

export interface Photo {
  blob: Blob;
  name: string;
  /** An object URL for previews; the owner of the photo revokes it. */
  url: string;
  /** Null when this browser cannot draw it (HEIC outside Safari). */
  size: { width: number; height: number } | null;
}

export type Limits = Config['limits'];

/** Told of something to look at while the photo is prepared; the url is the hearer's to revoke. */
export type OnGlimpse = (url: string) => void;

/** Fetch the code that judges photos, before there is one. */
export const photoWork = () => import('./prepare');

/** Judge a chosen file and make it ready to send, or say why it cannot be used. */
export async function readPhoto(
  file: Blob,
  name: string,
  limits: Limits | null,
  onGlimpse?: OnGlimpse,
): Promise<Photo> {
  const { prepare } = await photoWork().catch(() => {
    throw unreachable();
  });
  return prepare(file, name, limits, onGlimpse);
}
