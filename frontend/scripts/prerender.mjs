// Turns the built shell into the finished pages: each screen in each language, and index.html (Thai, the default).
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const dist = new URL(`../${process.argv[2] ?? 'dist'}/`, import.meta.url);
const built = new URL('../.prerender/', import.meta.url);
const { render } = await import(new URL('prerender.js', built));
const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8'));

/** Where each screen's page is laid, beside the chunk that it must have before it comes alive. */
const SCREENS = {
  studio: { page: 'index.html' },
  history: { page: 'history/index.html', chunk: 'src/screens/history/screen.tsx' },
  account: { page: 'account/index.html', chunk: 'src/screens/account/screen.tsx' },
  missing: { page: '404.html', chunk: 'src/screens/pages/not-found.tsx' },
};

const quote = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);
const fonts = Object.values(manifest)
  .flatMap((entry) => entry.assets ?? [])
  .filter((file, at, all) => file.endsWith('.woff2') && all.indexOf(file) === at)
  .sort();

/** The files of a chunk and of those that it imports. */
function filesOf(key, seen = new Set()) {
  if (seen.has(key)) return [];
  seen.add(key);
  const { file, css = [], imports = [] } = manifest[key];
  return [file, ...css, ...imports.flatMap((one) => filesOf(one, seen))];
}

const entry = await readFile(new URL('index.html', dist), 'utf8');
const first = [...entry.matchAll(/"\/(assets\/[^"]+)"/g)].map(([, file]) => file);
const build = createHash('sha256').update(JSON.stringify(manifest)).update(entry).digest('hex').slice(0, 12);

/** Put the styles into the page: nothing has to be asked for before it can be drawn. */
async function inlined(page) {
  let whole = page;
  for (const [link, file] of page.matchAll(/ *<link rel="stylesheet"[^>]*href="\/([^"]+)"[^>]*>\n?/g)) {
    const styles = (await readFile(new URL(file, dist), 'utf8')).trim();
    whole = whole.replace(link, () => `    <style>${styles}</style>\n`);
  }
  return whole;
}

/** What a screen's chunk brings that the first chunks do not have. */
function ofScreen(screen, kind) {
  const { chunk } = SCREENS[screen];
  const files = chunk ? filesOf(chunk) : [];
  return files.filter(
    (file, at) => file.endsWith(kind) && !first.includes(file) && files.indexOf(file) === at,
  );
}

function head(lang, screen, page) {
  const scripts = [manifest[`src/core/catalog/${lang}.ts`].file, ...ofScreen(screen, '.js')];
  const addresses = { studio: '', history: '/history', account: '/account' }[screen];
  return [
    `<meta name="description" content="${quote(page.description)}" />`,
    `<meta name="build" content="${build}" />`,
    `<link rel="manifest" href="/${lang}.webmanifest" />`,
    '<link rel="apple-touch-icon" href="/icons/apple-180.png" />',
    ...(addresses === undefined
      ? ['<meta name="robots" content="noindex" />']
      : ['th', 'en'].map((one) => `<link rel="alternate" hreflang="${one}" href="/${one}${addresses}" />`)),
    ...(lang === 'th' ? fonts : fonts.filter((file) => file.includes('latin'))).map(
      (file) => `<link rel="preload" href="/${file}" as="font" type="font/woff2" crossorigin />`,
    ),
    // For `core/bring.ts`, which fetches them before they are imported.
    ...scripts.map((file) => `<link rel="preload" href="/${file}" as="fetch" crossorigin />`),
  ].join('\n    ');
}

function fill(lang, screen, page) {
  const styles = ofScreen(screen, '.css').map((file) => `  <link rel="stylesheet" href="/${file}" />\n`);
  const whole = entry
    .replace('<html lang="th">', `<html lang="${lang}">`)
    .replace(/<title>.*<\/title>/, () => `<title>${quote(page.title)}</title>`)
    .replace('<!--head-->', () => head(lang, screen, page))
    .replace('<!--app-->', () => page.body)
    .replace('</head>', () => `${styles.join('')}  </head>`)
    .replace('</body>', () => `  <noscript><p>${quote(page.needsScript)}</p></noscript>\n  </body>`);
  return inlined(whole);
}

async function lay(path, text) {
  const file = new URL(path, dist);
  await mkdir(dirname(file.pathname), { recursive: true });
  await writeFile(file, text);
}

for (const lang of ['th', 'en']) {
  for (const screen of Object.keys(SCREENS)) {
    const page = await render(lang, screen);
    if (/ style="/.test(page.body)) throw new Error('a prerendered page must not carry style attributes');
    await lay(`${lang}/${SCREENS[screen].page}`, await fill(lang, screen, page));
  }
}
// The bare address is the Thai page; the gateway takes whoever reads English to theirs.
await copyFile(new URL('th/index.html', dist), new URL('index.html', dist));
await rm(new URL('.vite/', dist), { recursive: true });
await rm(built, { recursive: true });
