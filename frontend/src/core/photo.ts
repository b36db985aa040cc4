import type { Config } from './api.types';
import { nameFor, sniffBlob } from './image';
import { Problem } from './problem';
import { shrink } from './shrink';

export interface Photo {
  blob: Blob;
  name: string;
  /** An object URL for previews; the owner of the photo revokes it. */
  url: string;
  /** Null when this browser cannot draw it (HEIC outside Safari). */
  size: { width: number; height: number } | null;
}

/** Above this a phone's upload takes long enough that a smaller copy is worth making. */
const HEAVY_BYTES = 8 * 1024 * 1024;

async function measure(url: string): Promise<Photo['size']> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    return null;
  }
}

/** Judge a chosen file and make it ready to send, or say why it cannot be used. */
export async function readPhoto(file: Blob, name: string, limits: Config['limits'] | null): Promise<Photo> {
  const kind = await sniffBlob(file).catch(() => null);
  if (!kind) throw new Problem(file.size === 0 ? 'invalid_image' : 'unsupported_format');
  let blob = file.type === kind ? file : file.slice(0, file.size, kind);
  let url = URL.createObjectURL(blob);
  let size = await measure(url);
  const fail = (problem: Problem): never => {
    URL.revokeObjectURL(url);
    throw problem;
  };
  if (!size && kind !== 'image/heic') fail(new Problem('invalid_image'));
  const px = limits?.min_side_px ?? 1;
  if (size && Math.min(size.width, size.height) < px)
    fail(new Problem('image_too_small', { params: { px } }));

  const maxBytes = limits?.upload_bytes ?? Number.POSITIVE_INFINITY;
  const maxMegapixels = limits?.upload_megapixels ?? Number.POSITIVE_INFINITY;
  const megapixels = size ? (size.width * size.height) / 1e6 : 0;
  const tooMuch = blob.size > maxBytes || megapixels > maxMegapixels;
  if (size && (tooMuch || blob.size > HEAVY_BYTES)) {
    const smaller = await shrink(blob).catch(() => null);
    if (smaller && smaller.size < blob.size) {
      URL.revokeObjectURL(url);
      blob = smaller;
      url = URL.createObjectURL(blob);
      size = await measure(url);
      return { blob, name: nameFor('image/jpeg', name), url, size };
    }
  }
  if (blob.size > maxBytes) {
    const limit_mb = Math.round(maxBytes / 1048576);
    fail(new Problem('payload_too_large', { params: { limit_mb } }));
  }
  if (megapixels > maxMegapixels) {
    const params = { megapixels: Math.round(megapixels), limit_megapixels: maxMegapixels };
    fail(new Problem('image_too_large', { params }));
  }
  return { blob, name: nameFor(kind, name), url, size };
}
