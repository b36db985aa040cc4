import { type Header, isLocated, readHeader } from './header';
import { type Kind, nameFor, sniffBlob } from './image';
import type { Limits, OnGlimpse, Photo } from './photo';
import { Problem } from './problem';
import { LONG_EDGE_PX, shrink } from './shrink';

/** More than this is not decoded just to be looked at while it is prepared. */
const GLIMPSE_MEGAPIXELS = 16;

const megapixels = ({ width, height }: Header) => (width * height) / 1e6;

/**
 * Judge a file by its bytes and make it ready to send: as it is when it fits and does not tell where it
 * was taken, as a smaller copy otherwise. Nothing is decoded before its size is known.
 */
export async function prepare(
  file: Blob,
  name: string,
  limits: Limits | null,
  onGlimpse?: OnGlimpse,
): Promise<Photo> {
  const kind = await sniffBlob(file).catch(() => null);
  if (!kind) throw new Problem(file.size === 0 ? 'invalid_image' : 'unsupported_format');
  const blob = file.type === kind ? file : file.slice(0, file.size, kind);
  const header = await readHeader(blob, kind);
  if (!header && kind !== 'image/heic') throw new Problem('invalid_image');
  refuseTooSmall(header, limits);
  if (header && onGlimpse) showGlimpse(blob, kind, header, onGlimpse);

  if (header && (await mayGoAsItIs(blob, kind, header, limits))) {
    const { width, height } = header;
    return shown(blob, nameFor(kind, name), { width, height });
  }
  const copy = await shrink(blob).catch(() => null);
  if (copy) {
    const { width, height } = copy;
    return { ...pathTo(copy.blob), name: nameFor('image/jpeg', name), size: { width, height } };
  }
  refuseTooMuch(blob, header, limits);
  if (kind !== 'image/heic') throw new Problem('invalid_image');
  // Only the server can open it here; it takes everything out but the pixels.
  return { ...pathTo(blob), name: nameFor(kind, name), size: null };
}

const pathTo = (blob: Blob) => ({ blob, url: URL.createObjectURL(blob) });

async function mayGoAsItIs(
  blob: Blob,
  kind: NonNullable<Kind>,
  header: Header,
  limits: Limits | null,
): Promise<boolean> {
  if (kind === 'image/heic' || header.located) return false;
  if (Math.max(header.width, header.height) > LONG_EDGE_PX) return false;
  if (blob.size > (limits?.upload_bytes ?? Number.POSITIVE_INFINITY)) return false;
  return !(await isLocated(blob, kind));
}

/** A whole header may stand before damaged pixels. */
async function shown(blob: Blob, name: string, size: Photo['size']): Promise<Photo> {
  const photo = { ...pathTo(blob), name, size };
  const image = new Image();
  image.src = photo.url;
  try {
    await image.decode();
    return photo;
  } catch {
    URL.revokeObjectURL(photo.url);
    throw new Problem('invalid_image');
  }
}

function showGlimpse(blob: Blob, kind: NonNullable<Kind>, header: Header, onGlimpse: OnGlimpse): void {
  const { thumbnail } = header;
  if (kind !== 'image/heic' && megapixels(header) <= GLIMPSE_MEGAPIXELS) onGlimpse(URL.createObjectURL(blob));
  else if (thumbnail) onGlimpse(URL.createObjectURL(blob.slice(thumbnail.from, thumbnail.to, 'image/jpeg')));
}

function refuseTooSmall(header: Header | null, limits: Limits | null): void {
  const px = limits?.min_side_px ?? 1;
  if (header && Math.min(header.width, header.height) < px)
    throw new Problem('image_too_small', { params: { px } });
}

function refuseTooMuch(blob: Blob, header: Header | null, limits: Limits | null): void {
  if (limits && blob.size > limits.upload_bytes) {
    const limit_mb = Math.round(limits.upload_bytes / 1048576);
    throw new Problem('payload_too_large', { params: { limit_mb } });
  }
  if (limits && header && megapixels(header) > limits.upload_megapixels) {
    const params = { megapixels: Math.round(megapixels(header)), limit_megapixels: limits.upload_megapixels };
    throw new Problem('image_too_large', { params });
  }
}
