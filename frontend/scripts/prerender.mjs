// Turns the built shell into the finished pages: dist/th, dist/en, and dist/index.html (Thai, the default).
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { render } from '../.prerender/prerender.js';

const dist = new URL('../dist/', import.meta.url);
const shell = await readFile(new URL('index.html', dist), 'utf8');
const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8'));
const quote = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);

const fonts = Object.values(manifest)
  .flatMap((entry) => entry.assets ?? [])
  .filter((file) => file.endsWith('.woff2'))
  .sort();

function head(lang, page, bare) {
  const catalog = manifest[`src/core/catalog/${lang}.ts`].file;
  const preload = (lang === 'th' ? fonts : fonts.filter((file) => file.includes('latin'))).map(
    (file) => `<link rel="preload" href="/${file}" as="font" type="font/woff2" crossorigin />`,
  );
  return [
    `<meta name="description" content="${quote(page.description)}" />`,
    '<link rel="alternate" hreflang="th" href="/th" />',
    '<link rel="alternate" hreflang="en" href="/en" />',
    ...(bare ? ['<script src="/language.js"></script>'] : []),
    ...preload,
    `<link rel="modulepreload" href="/${catalog}" crossorigin />`,
  ].join('\n    ');
}

function fill(lang, page, bare = false) {
  return shell
    .replace('<html lang="th">', `<html lang="${lang}">`)
    .replace(/<title>.*<\/title>/, () => `<title>${quote(page.title)}</title>`)
    .replace('<!--head-->', () => head(lang, page, bare))
    .replace('<!--app-->', () => page.body)
    .replace('</body>', () => `  <noscript><p>${quote(page.needsScript)}</p></noscript>\n  </body>`);
}

for (const lang of ['th', 'en']) {
  const page = await render(lang);
  if (/ style="/.test(page.body)) throw new Error('a prerendered page must not carry style attributes');
  await mkdir(new URL(`${lang}/`, dist), { recursive: true });
  await writeFile(new URL(`${lang}/index.html`, dist), fill(lang, page));
  if (lang === 'th') await writeFile(new URL('index.html', dist), fill(lang, page, true));
}
await rm(new URL('.vite/', dist), { recursive: true });
await rm(new URL('../.prerender/', import.meta.url), { recursive: true });
