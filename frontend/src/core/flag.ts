/** A fact that components follow with `useSyncExternalStore`; it begins as false. */
export function flag() {
  let value = false;
  const listeners = new Set<() => void>();
  return {
    now: () => value,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(next: boolean): void {
      if (value === next) return;
      value = next;
      for (const listener of listeners) listener();
    },
  };
}
