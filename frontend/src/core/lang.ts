import type { Lang } from './format';

const COOKIE = 'ob_lang';
const A_YEAR_S = 365 * 24 * 3_600;

/** What an address leads to, in either language. */
export type Screen = 'studio' | 'history' | 'account' | 'missing';

const ADDRESS = /^\/(th|en)(?:\/([^/]*))?\/?$/;

/** The language of a page's address. The bare address is Thai; one that leads nowhere may have none. */
export function langOfPath(path: string): Lang | null {
  if (path === '/') return 'th';
  const first = path.split('/')[1];
  return first === 'th' || first === 'en' ? first : null;
}

export function screenOfPath(path: string): Screen {
  if (path === '/') return 'studio';
  const [, lang, name] = ADDRESS.exec(path) ?? [];
  if (!lang) return 'missing';
  if (!name) return 'studio';
  return name === 'history' || name === 'account' ? name : 'missing';
}

export function pathOf(lang: Lang, screen: Screen = 'studio'): string {
  return screen === 'history' || screen === 'account' ? `/${lang}/${screen}` : `/${lang}`;
}

/** The same place in another language; an address that leads nowhere stays that address. */
export function pathIn(lang: Lang, path: string): string {
  const screen = screenOfPath(path);
  return screen === 'missing' ? `/${lang}${path.replace(/^\/(th|en)(?=\/|$)/, '')}` : pathOf(lang, screen);
}

/** Remember a choice for the bare address: the gateway reads it, and the service worker without a network. */
export function storeLang(lang: Lang): void {
  // biome-ignore lint/suspicious/noDocumentCookie: half of the browsers have no other way
  document.cookie = `${COOKIE}=${lang}; path=/; max-age=${A_YEAR_S}; samesite=lax`;
}
