import type { Lang } from './format';

const STORAGE_KEY = 'ob.lang';

/** The language of a page's address; the bare address is the Thai page. */
export function langOfPath(path: string): Lang {
  return path === '/en' || path.startsWith('/en/') ? 'en' : 'th';
}

export function pathOf(lang: Lang): string {
  return `/${lang}`;
}

/** Remember a choice for the bare address; `public/language.js` reads it. */
export function storeLang(lang: Lang): void {
  try {
    localStorage.setItem(STORAGE_KEY, lang);
  } catch {
    // not kept, then
  }
}
