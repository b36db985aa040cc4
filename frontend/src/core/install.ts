/** The studio as something installed: its service worker, and the offer to put it on the home screen. */

import { inAppBrowser } from './in-app';

/** Chromium's own event; no library describes it. */
interface InstallEvent extends Event {
  prompt(): Promise<void>;
  userChoice: Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

/** How this device installs: it asks by itself, or somebody must be shown where to tap. */
export type Way = 'ask' | 'show' | null;

export interface Device {
  userAgent: string;
  touchPoints: number;
  standalone: boolean;
}

const STORAGE_KEY = 'ob.install';
let asked: InstallEvent | null = null;

/** Keep the browser's offer for a better moment than its own; it may come before anything else is loaded. */
export function catchOffer(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    asked = event as InstallEvent;
  });
}

/** Keep the studio's files on this device, once the page itself has all it needs. */
export function keepOnDevice(): void {
  const workers = navigator.serviceWorker;
  const register = () => void workers?.register('/sw.js').catch(() => undefined);
  const whenIdle = () => ('requestIdleCallback' in window ? requestIdleCallback(register) : register());
  if (document.readyState === 'complete') whenIdle();
  else addEventListener('load', whenIdle);
}

/** Whether pages on this device must be added by hand: iPhones and iPads, but not inside another app. */
export function addsByHand({ userAgent, touchPoints }: Device): boolean {
  const apple = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1);
  return apple && /Safari\//.test(userAgent) && inAppBrowser(userAgent) === null;
}

export function wayOf(device: Device, offered: boolean): Way {
  if (device.standalone) return null;
  if (offered) return 'ask';
  return addsByHand(device) ? 'show' : null;
}

function thisDevice(): Device {
  const { userAgent, maxTouchPoints } = navigator;
  return {
    userAgent,
    touchPoints: maxTouchPoints,
    standalone: matchMedia('(display-mode: standalone)').matches,
  };
}

/** How to install here, unless that was said before. */
export function offeredWay(): Way {
  try {
    if (localStorage.getItem(STORAGE_KEY)) return null;
  } catch {
    return null; // what cannot be remembered would be said again and again
  }
  return wayOf(thisDevice(), asked !== null);
}

export function noteOffered(): void {
  try {
    localStorage.setItem(STORAGE_KEY, 'offered');
  } catch {
    // not kept, then
  }
}

/** Let the browser ask; true when the studio was installed. */
export async function askToInstall(): Promise<boolean> {
  const event = asked;
  asked = null;
  if (!event) return false;
  await event.prompt();
  return (await event.userChoice).outcome === 'accepted';
}
