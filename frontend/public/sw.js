// The studio without a network: keeps its pages, scripts and fonts on the device, and takes what other apps share.
// What belongs to an account (/v1 and the pictures) always comes from the network and is never kept.
const BUILD = 'development';
const FILES = [];

const SHELL = `shell-${BUILD}`;
const SHARED = 'shared';
/** A network that has swallowed a request is given up after so long when there is a copy. */
const PATIENCE_MS = 4000;

self.addEventListener('install', (event) => {
  const requests = FILES.map((file) =>
    file.startsWith('/assets/') ? file : new Request(file, { cache: 'reload' }),
  );
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(requests)));
});

// A new version waits until the pages of the old one are gone, or until one of them asks it in.
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') self.skipWaiting();
});

self.addEventListener('activate', (event) => event.waitUntil(forgetOld().then(() => self.clients.claim())));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === 'POST' && pathname === '/share') event.respondWith(takeShared(request));
  else if (request.method !== 'GET') return;
  else if (pathname.startsWith('/assets/')) event.respondWith(kept(request));
  else if (request.mode === 'navigate' && isPage(addressOf(pathname)))
    event.respondWith(page(request, addressOf(pathname)));
});

// Somebody touched what `core/notify.ts` has told; it is tagged with its job.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(showJob(event.notification.tag));
});

function addressOf(pathname) {
  return pathname.replace(/\/$/, '') || '/';
}

function isPage(address) {
  return address === '/' || FILES.includes(address);
}

/** The version before stays: another tab may still be made of it. */
async function forgetOld() {
  const shells = (await caches.keys()).filter((name) => name.startsWith('shell-') && name !== SHELL);
  await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)));
}

async function kept(request) {
  return (await caches.match(request)) ?? fetch(request);
}

async function page(request, address) {
  const shell = await caches.open(SHELL);
  const copy = address === '/' ? await frontPage(request) : await shell.match(address, { ignoreVary: true });
  const fresh = fetch(request);
  if (!copy) return fresh;
  const sound = fresh.then((answer) => (answer.status < 500 ? answer : copy));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, copy));
  return Promise.race([sound, late]).catch(() => copy);
}

/** Where the bare address leads, as the gateway would say: to the language that was chosen, or the browser's. */
async function frontPage(request) {
  const chosen = (await self.cookieStore?.get('ob_lang'))?.value ?? navigator.language;
  const lang = chosen.startsWith('en') ? 'en' : 'th';
  return Response.redirect(`/${lang}${new URL(request.url).search}`);
}

/** A photo shared by another app waits here for the page, which puts it into the draft. */
async function takeShared(request) {
  const lang = new URL(request.url).searchParams.get('lang') === 'en' ? 'en' : 'th';
  const what = await keepShared(request).catch(() => 'missing');
  return Response.redirect(`/${lang}?shared=${what}`, 303);
}

async function keepShared(request) {
  await caches.delete(SHARED);
  const form = await request.formData();
  const [photo, words] = [form.get('photo'), form.get('words')];
  const cache = await caches.open(SHARED);
  if (words) await cache.put('/shared/words', new Response(words));
  if (!photo?.size) return words ? 'words' : 'missing';
  const name = encodeURIComponent(photo.name ?? '');
  await cache.put('/shared/photo', new Response(photo, { headers: { 'x-name': name } }));
  return 'photo';
}

async function showJob(id) {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const its = tabs.find(({ url }) => new URL(url).searchParams.get('job') === id);
  return its ? its.focus() : self.clients.openWindow(`/?job=${encodeURIComponent(id)}`);
}
