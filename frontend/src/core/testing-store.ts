import type { Shelf } from './database';

/** A shelf in memory, for tests; `full` makes it refuse to take anything. */
export function memoryShelf<Row>(keyOf: (row: Row) => string) {
  const rows = new Map<string, Row>();
  const fake = {
    full: false,
    rows,
    all: async () => [...rows.values()],
    get: async (key: string) => rows.get(key),
    put: async (row: Row) => {
      if (fake.full) throw new DOMException('no space', 'QuotaExceededError');
      rows.set(keyOf(row), structuredClone(row));
    },
    delete: async (key: string) => void rows.delete(key),
  };
  return fake satisfies Shelf<Row>;
}

/** A `Storage` in memory. */
export function memoryStorage(first: Record<string, string> = {}) {
  const items = new Map(Object.entries(first));
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}
