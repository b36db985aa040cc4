// The last step of a build: tells the service worker what to keep, and lays packed copies beside what packs well.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const dist = fileURLToPath(new URL(`../${process.argv[2] ?? 'dist'}/`, import.meta.url));
const PACKS = /\.(html|js|css|svg|json|webmanifest)$/;
const KEPT = /^(assets\/.*\.(js|css|woff2)|favicon\.svg)$/;
/** A copy that saves less is not worth its place. */
const WORTH = 0.9;

const files = (await readdir(dist, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => relative(dist, join(entry.parentPath, entry.name)))
  .sort();

/** Put a value in the place of the one that a line of the worker gives as an example. */
function told(code, name, value) {
  const line = new RegExp(`^const ${name} = .*;$`, 'm');
  if (!line.test(code)) throw new Error(`sw.js has no line "const ${name} = …;"`);
  return code.replace(line, () => `const ${name} = ${JSON.stringify(value)};`);
}

async function tellServiceWorker() {
  const page = await readFile(join(dist, 'index.html'), 'utf8');
  const build = /<meta name="build" content="([^"]+)"/.exec(page)?.[1];
  if (!build) throw new Error('index.html does not say which build it is of');
  const pages = files
    .filter((file) => /^(th|en)\/.*index\.html$/.test(file))
    .map((file) => file.replace('/index.html', ''));
  const kept = [...pages, ...files.filter((file) => KEPT.test(file))].map((file) => `/${file}`);
  const worker = join(dist, 'sw.js');
  const code = await readFile(worker, 'utf8');
  await writeFile(worker, told(told(code, 'BUILD', build), 'FILES', kept));
}

async function pack(file) {
  const path = join(dist, file);
  const whole = await readFile(path);
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  const copies = {
    br: await promisify(brotliCompress)(whole, options),
    gz: await promisify(gzip)(whole, { level: 9 }),
  };
  for (const [suffix, copy] of Object.entries(copies)) {
    if (copy.length < whole.length * WORTH) await writeFile(`${path}.${suffix}`, copy);
  }
}

await tellServiceWorker();
for (const file of files.filter((one) => PACKS.test(one))) await pack(file);
