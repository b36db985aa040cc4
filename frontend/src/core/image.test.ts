import { describe, expect, it } from 'vitest';
import { nameFor, sniff } from './image';

const bytes = (text: string) => Uint8Array.from(text, (sign) => sign.charCodeAt(0));

describe('sniff', () => {
  it.each([
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['RIFF\x01\x02\x03\x04WEBPVP8 ', 'image/webp'],
    ['\0\0\0\x18ftypheic', 'image/heic'],
    ['\0\0\0\x18ftypmif1', 'image/heic'],
    ['\0\0\0\x18ftypisom', null],
    ['GIF89a', null],
    ['RIFF\x01\x02\x03\x04WAVE', null],
    ['', null],
  ])('%j', (text, kind) => expect(sniff(bytes(text))).toBe(kind));
});

it('gives a name whose ending is true', () => {
  expect(nameFor('image/jpeg', 'IMG_1.HEIC')).toBe('IMG_1.jpg');
  expect(nameFor('image/heic', 'รูป')).toBe('รูป.heic');
  expect(nameFor('image/png', '.png')).toBe('photo.png');
});
