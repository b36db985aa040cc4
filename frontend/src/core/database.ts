/** What this browser keeps for the studio: drafts, requests on their way, photos, a list. Never results. */

type StoreName = 'photos' | 'drafts' | 'sends' | 'lists';

const KEYS: Record<StoreName, string> = { photos: 'key', drafts: 'tab', sends: 'key', lists: 'name' };

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('ob-studio', 3);
    request.onupgradeneeded = () => {
      const { result } = request;
      for (const [name, keyPath] of Object.entries(KEYS)) {
        if (!result.objectStoreNames.contains(name)) result.createObjectStore(name, { keyPath });
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run<T>(
  name: StoreName,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(name, mode);
      const request = ask(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? request.error);
    });
  } finally {
    db.close();
  }
}

/** Rows of one kind under their keys. Every method rejects where the browser keeps nothing. */
export interface Shelf<Row> {
  all(): Promise<Row[]>;
  get(key: string): Promise<Row | undefined>;
  put(row: Row): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

export function shelf<Row>(name: StoreName): Shelf<Row> {
  return {
    all: () => run(name, 'readonly', (store) => store.getAll()) as Promise<Row[]>,
    get: (key) => run(name, 'readonly', (store) => store.get(key)) as Promise<Row | undefined>,
    put: (row) => run(name, 'readwrite', (store) => store.put(row)),
    delete: (key) => run(name, 'readwrite', (store) => store.delete(key)),
  };
}
