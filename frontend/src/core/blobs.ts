/** Photos kept in this browser: the draft's, and those of the last jobs so that "again" needs no download. */

const STORE = 'photos';
const KEEP = 8;

export interface KeptPhoto {
  blob: Blob;
  name: string;
}

interface Row extends KeptPhoto {
  key: string;
  at: number;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('ob-studio', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(STORE, mode);
      const request = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? request.error);
    });
  } finally {
    db.close();
  }
}

/** Keep a photo; false when the browser would not (no space, private window). */
export async function keepPhoto(key: string, photo: KeptPhoto): Promise<boolean> {
  try {
    const row: Row = { key, blob: photo.blob, name: photo.name, at: Date.now() };
    await run('readwrite', (store) => store.put(row));
    await forgetOld();
    return true;
  } catch {
    return false;
  }
}

async function forgetOld(): Promise<void> {
  const rows = (await run('readonly', (store) => store.getAll())) as Row[];
  const old = rows
    .filter((row) => row.key !== 'draft')
    .sort((a, b) => b.at - a.at)
    .slice(KEEP);
  for (const row of old) await run('readwrite', (store) => store.delete(row.key));
}

export async function keptPhoto(key: string): Promise<KeptPhoto | null> {
  try {
    return ((await run('readonly', (store) => store.get(key))) as Row | undefined) ?? null;
  } catch {
    return null;
  }
}

export async function forgetPhoto(key: string): Promise<void> {
  await run('readwrite', (store) => store.delete(key)).catch(() => undefined);
}
