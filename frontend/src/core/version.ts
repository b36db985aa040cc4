/** Whether the page is older than the house that answers it, and when that may be said. */

const holders = new Set<string>();
const listeners = new Set<() => void>();

/** Somebody's work that a new version must wait for: a job under way, words that were not sent. */
export function hold(name: string, held: boolean): void {
  if (holders.has(name) === held) return;
  if (held) holders.add(name);
  else holders.delete(name);
  for (const listener of listeners) listener();
}

export function isHeld(): boolean {
  return holders.size > 0;
}

export function onHold(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The build that this page was made of; null where pages carry none, as in development. */
export function pageBuild(): string | null {
  return document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content || null;
}

export interface Builds {
  page: string | null;
  house: string | null | undefined;
  /** The build that somebody has put off. */
  later: string | null;
}

/** The build to offer: newer than the page's, and not put off. */
export function newBuild({ page, house, later }: Builds): string | null {
  return page && house && house !== page && house !== later ? house : null;
}

/** A worker that has not taken over by then does so another time. */
const TAKE_OVER_MS = 3_000;

/** Load the page anew once the service worker that waits, if one does, has taken over: asked on leaving, it would not. */
export async function refresh(): Promise<void> {
  const workers = navigator.serviceWorker;
  const waiting = (await workers?.getRegistration())?.waiting;
  if (waiting) {
    await new Promise<unknown>((done) => {
      workers.addEventListener('controllerchange', done, { once: true });
      setTimeout(done, TAKE_OVER_MS);
      waiting.postMessage('take-over');
    });
  }
  location.reload();
}
