const STORAGE_KEY = 'ob.notify';

/** Whether this browser can tell somebody who looks elsewhere. */
export function canNotify(): boolean {
  return typeof Notification === 'function';
}

/** Ask for the permission, which browsers grant only on a press, and remember the job. False: not allowed. */
export async function wantNews(jobId: string): Promise<boolean> {
  if ((await Notification.requestPermission()) !== 'granted') return false;
  try {
    sessionStorage.setItem(STORAGE_KEY, jobId);
  } catch {
    return false;
  }
  return true;
}

export function wantNoNews(): void {
  try {
    sessionStorage.removeItem(STORAGE_KEY);
  } catch {
    // what could not be noted is not told either
  }
}

export function wantsNews(jobId: string): boolean {
  try {
    return sessionStorage.getItem(STORAGE_KEY) === jobId;
  } catch {
    return false;
  }
}

/** Tell once whoever does not look here; a phone's browser tells only through the page's service worker. */
export async function tellNews(jobId: string, title: string, body: string): Promise<void> {
  if (!wantsNews(jobId) || Notification.permission !== 'granted') return;
  sessionStorage.removeItem(STORAGE_KEY);
  if (!document.hidden && document.hasFocus()) return;
  const options = { body, tag: jobId };
  try {
    new Notification(title, options).onclick = () => window.focus();
  } catch {
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.showNotification(title, options);
  }
}
