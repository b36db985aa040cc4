/** The browser inside another app: LINE's, which can be told to hand a page over, or one of the others. */
export type InApp = 'line' | 'other';

const OTHERS =
  /\b(FBAN|FBAV|FB_IAB|Instagram|Messenger|MicroMessenger|musical_ly|BytedanceWebview|TikTok|Twitter)/;
/** Android's own mark of a page inside an app. */
const ANDROID_VIEW = /; wv\)/;

export function inAppBrowser(userAgent: string): InApp | null {
  if (/\bLine\/\d/.test(userAgent)) return 'line';
  return OTHERS.test(userAgent) || ANDROID_VIEW.test(userAgent) ? 'other' : null;
}

/** An address that opens the page in the phone's own browser; null where an app offers none. */
export function outsideUrl(href: string, kind: InApp, userAgent: string): string | null {
  const url = new URL(href);
  if (kind === 'line') {
    url.searchParams.set('openExternalBrowser', '1');
    return url.href;
  }
  if (!/Android/.test(userAgent)) return null;
  const scheme = url.protocol.replace(':', '');
  return `intent://${url.host}${url.pathname}${url.search}#Intent;scheme=${scheme};end`;
}
