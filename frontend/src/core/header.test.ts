import { describe, expect, it } from 'vitest';
import { isLocated, parseHeader, readHeader } from './header';
import { SAMPLES } from './header.samples';
import type { Kind } from './image';

type Name = keyof typeof SAMPLES;

const bytesOf = (name: Name) => Uint8Array.from(atob(SAMPLES[name]), (sign) => sign.charCodeAt(0));
const kindOf = (name: Name): NonNullable<Kind> => {
  if (/png/i.test(name)) return 'image/png';
  if (/webp|lossless/i.test(name)) return 'image/webp';
  return name === 'heic' ? 'image/heic' : 'image/jpeg';
};
const parse = (name: Name, bytes = bytesOf(name)) => parseHeader(bytes, kindOf(name));

describe('the size of a picture', () => {
  it.each<[Name, number, number]>([
    ['jpeg', 60, 40],
    ['progressive', 60, 40],
    ['png', 60, 40],
    ['webp', 60, 40],
    ['lossless', 60, 40],
    ['locatedWebp', 60, 40],
    ['heic', 1200, 900],
  ])('is read from the header of %s', (name, width, height) => {
    expect(parse(name)).toMatchObject({ width, height });
  });

  it('is that of the picture as it is seen', () => {
    expect(parse('turned')).toMatchObject({ width: 40, height: 60 });
  });

  it('is not made up where the header is cut off or damaged', () => {
    for (const name of Object.keys(SAMPLES) as Name[]) {
      for (let length = 0; length < 30; length++) {
        const header = parse(name, bytesOf(name).slice(0, length));
        expect(header === null || (header.width === 60 && header.height === 40)).toBe(true);
      }
    }
    expect(parseHeader(new Uint8Array(400), 'image/jpeg')).toBeNull();
    expect(parseHeader(new Uint8Array(400).fill(0xff), 'image/jpeg')).toBeNull();
    expect(parseHeader(new Uint8Array(400), 'image/heic')).toBeNull();
    expect(parseHeader(new Uint8Array(400).fill(0xff), 'image/heic')).toBeNull();
  });

  it('is found behind more metadata than is read at first', async () => {
    const jpeg = bytesOf('jpeg');
    const segment = new Uint8Array(65_535 + 2);
    segment.set([0xff, 0xe2, 0xff, 0xff]);
    const blob = new Blob([jpeg.slice(0, 2), ...Array(8).fill(segment), jpeg.slice(2)]);
    expect(await readHeader(blob, 'image/jpeg')).toMatchObject({ width: 60, height: 40 });
  });
});

describe('the place where a picture was taken', () => {
  const located = async (name: Name, bytes = bytesOf(name)) => {
    const blob = new Blob([bytes]);
    return (await readHeader(blob, kindOf(name)))?.located || (await isLocated(blob, kindOf(name)));
  };

  it.each<Name>(['located', 'locatedPng', 'locatedWebp'])('is noticed in %s', async (name) => {
    expect(await located(name)).toBe(true);
  });

  it.each<Name>(['jpeg', 'progressive', 'turned', 'png', 'webp', 'lossless'])(
    'is not seen where there is none: %s',
    async (name) => expect(await located(name)).toBe(false),
  );

  it('is noticed in XMP', async () => {
    const jpeg = bytesOf('jpeg');
    const xmp = 'http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude="13,45.0N"/>';
    const body = Uint8Array.from(xmp, (sign) => sign.charCodeAt(0));
    const length = body.length + 2;
    const parts = [
      jpeg.slice(0, 2),
      Uint8Array.of(0xff, 0xe1, length >> 8, length & 255),
      body,
      jpeg.slice(2),
    ];
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    expect(parse('jpeg', bytes)).toMatchObject({ located: true, width: 60 });
  });

  it('is feared where metadata cannot be read', () => {
    const bytes = bytesOf('located');
    const at = bytes.indexOf(0x45) + 6;
    bytes.fill(0xff, at + 4, at + 8);
    expect(parse('located', bytes)).toMatchObject({ located: true, width: 60 });
  });
});
