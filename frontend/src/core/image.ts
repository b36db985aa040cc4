/** What a file is, by its first bytes: names and types lie (phones send HEIC with none). */
export type Kind = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/heic' | null;

const HEIC_BRANDS = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1']);
const ascii = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, to));

export function sniff(bytes: Uint8Array): Kind {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'image/jpeg';
  if (bytes[0] === 0x89 && ascii(bytes, 1, 4) === 'PNG') return 'image/png';
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP') return 'image/webp';
  if (ascii(bytes, 4, 8) === 'ftyp' && HEIC_BRANDS.has(ascii(bytes, 8, 12))) return 'image/heic';
  return null;
}

export async function sniffBlob(blob: Blob): Promise<Kind> {
  return sniff(new Uint8Array(await blob.slice(0, 16).arrayBuffer()));
}

const EXTENSIONS: Record<NonNullable<Kind>, string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/heic': 'heic',
};

/** A file name whose ending tells the truth. */
export function nameFor(kind: NonNullable<Kind>, name: string): string {
  const stem = name.replace(/\.[a-z0-9]{1,5}$/i, '').trim() || 'photo';
  return `${stem}.${EXTENSIONS[kind]}`;
}

/** The first picture among dropped or pasted things. */
export function pictureIn(data: DataTransfer | null): File | null {
  const files = Array.from(data?.files ?? []);
  return files.find((file) => file.type.startsWith('image/')) ?? files[0] ?? null;
}
