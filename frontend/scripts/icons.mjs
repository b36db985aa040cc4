// Draws the icons of the installed studio into public/icons; run it by hand after a change: node scripts/icons.mjs
import { mkdir, writeFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';

const GROUND = [0x1d, 0x23, 0x31];
const BEFORE = [0x6f, 0x7b, 0x96];
const AFTER = [0x8b, 0x7b, 0xff];
const LIGHT = [0xf2, 0xf4, 0xf8];
/** Samples per pixel and side: edges come out smooth. */
const FINE = 4;

// A shape says what colour a point of the unit square has; null is nothing.
const rounded = (radius) => (x, y) => {
  const [dx, dy] = [x, y].map((at) => Math.max(0, Math.abs(at - 0.5) - (0.5 - radius)));
  return Math.hypot(dx, dy) <= radius ? GROUND : null;
};
const full = () => GROUND;
const mark = (radius) => (x, y) => {
  if (Math.hypot(x - 0.5, y - 0.5) > radius) return null;
  return x < 0.5 ? BEFORE : AFTER;
};
const plus = (x, y) => {
  const [across, down] = [Math.abs(x - 0.5), Math.abs(y - 0.5)];
  return Math.min(across, down) < 0.045 && Math.max(across, down) < 0.22 ? LIGHT : null;
};
const four = (x, y) => {
  const [across, down] = [Math.abs(x - 0.5), Math.abs(y - 0.5)];
  return Math.min(across, down) > 0.03 && Math.max(across, down) < 0.22 ? LIGHT : null;
};

const ICONS = {
  'icon-192': [192, rounded(0.25), mark(0.34)],
  'icon-512': [512, rounded(0.25), mark(0.34)],
  // What is asked to be maskable may lose everything outside a circle of 80 %.
  'maskable-512': [512, full, mark(0.27)],
  'apple-180': [180, full, mark(0.32)],
  'new-96': [96, rounded(0.5), plus],
  'pictures-96': [96, rounded(0.5), four],
};

function pixel(size, shapes, column, row) {
  const sum = [0, 0, 0, 0];
  for (let sample = 0; sample < FINE * FINE; sample++) {
    const x = (column + ((sample % FINE) + 0.5) / FINE) / size;
    const y = (row + (Math.floor(sample / FINE) + 0.5) / FINE) / size;
    const colour = shapes.map((shape) => shape(x, y)).findLast(Boolean);
    if (!colour) continue;
    colour.forEach((part, at) => {
      sum[at] += part;
    });
    sum[3] += 1;
  }
  const [red, green, blue, hits] = sum;
  if (!hits) return [0, 0, 0, 0];
  return [red / hits, green / hits, blue / hits, (255 * hits) / (FINE * FINE)].map(Math.round);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function png(size, shapes) {
  const rows = Array.from({ length: size }, (_, row) => [
    0,
    ...Array.from({ length: size }, (_, column) => pixel(size, shapes, column, row)).flat(),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6], 8); // eight bits each of red, green, blue and opacity
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const folder = new URL('../public/icons/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const [name, [size, ...shapes]] of Object.entries(ICONS)) {
  await writeFile(new URL(`${name}.png`, folder), png(size, shapes));
}
