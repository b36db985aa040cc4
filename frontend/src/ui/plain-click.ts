import type { MouseEvent } from 'react';

/** A click that does not ask the browser for another tab or window. */
export function isPlainClick({ ctrlKey, metaKey, shiftKey }: MouseEvent): boolean {
  return !(ctrlKey || metaKey || shiftKey);
}
