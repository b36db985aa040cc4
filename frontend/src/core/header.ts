import type { Kind } from './image';

/** What the first bytes of a picture say about it, so that nothing need be decoded to know. */
export interface Header {
  /** As it is seen: a photo taken upright is higher than wide. */
  width: number;
  height: number;
  /** It tells where it was taken. */
  located: boolean;
  /** Where in the file its own small copy lies, if that is the right way up. */
  thumbnail: { from: number; to: number } | null;
}

/** Most headers end long before; a photo with more in front of its pixels is read whole. */
const FIRST_BYTES = 256 * 1024;
const EXIF = 'Exif\0\0';
const LATITUDE_OF_XMP = 'GPSLatitude';

/** Null when the bytes are not those of a whole header. */
export async function readHeader(blob: Blob, kind: NonNullable<Kind>): Promise<Header | null> {
  const first = await bytesOf(blob, FIRST_BYTES);
  return (
    parseHeader(first, kind) ?? (first.length < blob.size ? parseHeader(await bytesOf(blob), kind) : null)
  );
}

/** Whether metadata behind the pixels tell a place; only files that are sent as they are need the question. */
export async function isLocated(blob: Blob, kind: NonNullable<Kind>): Promise<boolean> {
  const bytes = await bytesOf(blob);
  if (text(bytes, 0, bytes.length).includes(LATITUDE_OF_XMP)) return true;
  if (kind === 'image/png') return readChunk(bytes, 8, 'eXIf', true);
  return kind === 'image/webp' && readChunk(bytes, 12, 'EXIF', false);
}

export function parseHeader(bytes: Uint8Array, kind: NonNullable<Kind>): Header | null {
  try {
    const header = PARSERS[kind](bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return header && header.width > 0 && header.height > 0 ? header : null;
  } catch (cause) {
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

type Parser = (bytes: Uint8Array, view: DataView) => Header | null;

const PARSERS: Record<NonNullable<Kind>, Parser> = {
  'image/jpeg': jpeg,
  'image/png': (_, view) => plain(view.getUint32(16), view.getUint32(20)),
  'image/webp': webp,
  'image/heic': heic,
};

const plain = (width: number, height: number): Header => ({ width, height, located: false, thumbnail: null });

async function bytesOf(blob: Blob, most = blob.size): Promise<Uint8Array> {
  return new Uint8Array(await blob.slice(0, most).arrayBuffer());
}

const LATIN1 = new TextDecoder('latin1');

function text(bytes: Uint8Array, from: number, to: number): string {
  return LATIN1.decode(bytes.subarray(from, to));
}

/** Segments follow each other up to the frame that names the size. */
function jpeg(bytes: Uint8Array, view: DataView): Header | null {
  let exif: Exif = NO_EXIF;
  let located = false;
  for (let at = 2; view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xe1 && text(bytes, at + 4, at + 10) === EXIF) exif = readExif(view, at + 10);
    else if (marker === 0xe1) located ||= text(bytes, at + 4, end).includes(LATITUDE_OF_XMP);
    if (isFrame(marker)) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      const seen = exif.turned ? { width: height, height: width } : { width, height };
      return { ...seen, located: located || exif.located, thumbnail: exif.turned ? null : exif.thumbnail };
    }
    at = end;
  }
  return null;
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function webp(bytes: Uint8Array, view: DataView): Header | null {
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  switch (text(bytes, 12, 16)) {
    case 'VP8X':
      return plain(uint24(24) + 1, uint24(27) + 1);
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return plain((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
    }
    case 'VP8 ':
      return plain(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
    default:
      return null;
  }
}

/** The largest size that is named: the smaller ones are tiles and thumbnails of the same picture. */
function heic(bytes: Uint8Array, view: DataView): Header | null {
  let found: Header | null = null;
  let turned = false;
  const walk = (from: number, to: number) => {
    for (let at = from; at + 8 <= to; ) {
      const length = view.getUint32(at) || to - at;
      const name = text(bytes, at + 4, at + 8);
      if (name === 'meta') walk(at + 12, at + length);
      else if (name === 'iprp' || name === 'ipco') walk(at + 8, at + length);
      else if (name === 'irot') turned ||= view.getUint8(at + 8) % 2 === 1;
      else if (name === 'ispe') {
        const [width, height] = [view.getUint32(at + 12), view.getUint32(at + 16)];
        if (!found || width * height > found.width * found.height) found = plain(width, height);
      }
      if (length < 8) return;
      at += length;
    }
  };
  walk(0, bytes.length);
  const { width, height } = found ?? plain(0, 0);
  return turned ? plain(height, width) : plain(width, height);
}

interface Exif {
  turned: boolean;
  located: boolean;
  thumbnail: Header['thumbnail'];
}

const NO_EXIF: Exif = { turned: false, located: false, thumbnail: null };
const TAG = {
  orientation: 0x0112,
  gps: 0x8825,
  latitude: 2,
  longitude: 4,
  jpegAt: 0x0201,
  jpegBytes: 0x0202,
};

/** A TIFF directory's values by tag, and where the next directory is (0 for none). */
function readDirectory(view: DataView, tiff: number, offset: number, little: boolean) {
  const count = view.getUint16(tiff + offset, little);
  const values = new Map<number, number>();
  for (let n = 0; n < count; n++) {
    const at = tiff + offset + 2 + n * 12;
    const short = view.getUint16(at + 2, little) === 3;
    values.set(
      view.getUint16(at, little),
      short ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little),
    );
  }
  return { values, next: view.getUint32(tiff + offset + 2 + count * 12, little) };
}

/** Metadata that cannot be read may tell a place. */
function readExif(view: DataView, tiff: number): Exif {
  try {
    const little = view.getUint16(tiff) === 0x4949;
    const main = readDirectory(view, tiff, view.getUint32(tiff + 4, little), little);
    const gps = main.values.get(TAG.gps);
    const place = gps === undefined ? null : readDirectory(view, tiff, gps, little).values;
    const small = main.next ? readDirectory(view, tiff, main.next, little).values : null;
    const [from, length] = [small?.get(TAG.jpegAt), small?.get(TAG.jpegBytes)];
    return {
      turned: (main.values.get(TAG.orientation) ?? 1) >= 5,
      located: place !== null && (place.has(TAG.latitude) || place.has(TAG.longitude)),
      thumbnail: from && length ? { from: tiff + from, to: tiff + from + length } : null,
    };
  } catch (cause) {
    if (cause instanceof RangeError) return { ...NO_EXIF, located: true };
    throw cause;
  }
}

/** Whether the Exif chunk of a PNG (lengths first) or a WebP (names first) tells a place. */
function readChunk(bytes: Uint8Array, start: number, wanted: string, lengthFirst: boolean): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start; at + 8 <= bytes.length; ) {
    const length = lengthFirst ? view.getUint32(at) : view.getUint32(at + 4, true);
    const name = lengthFirst ? text(bytes, at + 4, at + 8) : text(bytes, at, at + 4);
    if (name === wanted) {
      const prefixed = text(bytes, at + 8, at + 14) === EXIF;
      return readExif(view, at + 8 + (prefixed ? EXIF.length : 0)).located;
    }
    at += 8 + length + (lengthFirst ? 4 : length % 2);
  }
  return false;
}
