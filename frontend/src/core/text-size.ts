const STORAGE_KEY = 'ob.text';

/** How large words are, beside what the browser itself is set to; `base.css` knows the sizes. */
export const TEXT_SIZES = ['normal', 'large', 'larger'] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

export function storedTextSize(): TextSize {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return TEXT_SIZES.find((size) => size === stored) ?? 'normal';
  } catch {
    return 'normal';
  }
}

export function applyTextSize(size: TextSize): void {
  document.documentElement.dataset.text = size;
}

/** Use a size from now on, on this device. */
export function chooseTextSize(size: TextSize): void {
  applyTextSize(size);
  try {
    localStorage.setItem(STORAGE_KEY, size);
  } catch {
    // a private window: as long as the page
  }
}
