/** Brings the chunks that the first page does without; `vite.config.ts` puts it in the place of Vite's own helper. */

import { download } from './wire';

const coming = new Map<string, Promise<void>>();

/** The page itself has named these: they are here. */
function isOfPage(url: string): boolean {
  return document.querySelector(`script[src="${url}"], link[rel="modulepreload"][href="${url}"]`) !== null;
}

function applyStyles(url: string): Promise<void> {
  const link = document.createElement('link');
  Object.assign(link, { rel: 'stylesheet', crossOrigin: '', href: url });
  return new Promise((resolve, reject) => {
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      reject(new Error(`${url} did not come`));
    };
    document.head.append(link);
  });
}

/** A link alone would wait for ever on a network that swallows it, and keep its connection from all others. */
async function fetchFile(url: string): Promise<void> {
  await download(url);
  if (url.endsWith('.css')) await applyStyles(url);
}

function bring(url: string): Promise<void> {
  let file = coming.get(url);
  if (!file) {
    file = fetchFile(url);
    coming.set(url, file);
    file.catch(() => coming.delete(url));
  }
  return file;
}

/**
 * Import a chunk once all its files are in the browser's cache. Many browsers remember of a module that it did not
 * come, and of nothing else; what is lost here can be asked for again.
 */
export async function __vitePreload<T>(load: () => Promise<T>, files: string[] = []): Promise<T> {
  const urls = files.map((file) => `/${file}`).filter((url) => !isOfPage(url));
  await Promise.all(urls.map(bring));
  return load();
}
