/** For so many frames in a row a field must have kept the focus, or it may be drawn anew. */
const HELD_FRAMES = 2;
/** A slow phone draws late; one that never does is left alone. */
const MOST_FRAMES = 120;

let last: Element | null = null;
if (typeof document !== 'undefined') {
  document.addEventListener('focusin', (event) => {
    last = event.target as Element;
  });
}

/** Whether the control that had the focus is gone, or hidden, and nothing has it now. */
export function isLost(): boolean {
  const on = document.activeElement;
  const holder = on && on !== document.body ? on : last;
  return holder !== null && (!holder.isConnected || holder.getClientRects().length === 0);
}

const TOUCHES = ['pointerdown', 'keydown'];
let wishes = 0;

/**
 * Put the focus on a field once the page has been drawn with it. The newest wish counts, and whoever goes to another
 * control before it has come true stays there.
 */
export function focusOn(id: string): void {
  const wish = ++wishes;
  const from = document.activeElement;
  let held = 0;
  let frames = 0;
  let touched = false;
  const touch = () => {
    touched = true;
  };
  const each = (act: 'addEventListener' | 'removeEventListener') => {
    for (const name of TOUCHES) document[act](name, touch, { capture: true });
  };
  const look = () => {
    const on = document.activeElement;
    const field = document.getElementById(id);
    const isThere = field !== null && on === field;
    const hasLeft = touched && !isThere && on !== from && on !== document.body;
    held = isThere ? held + 1 : 0;
    frames += 1;
    if (hasLeft || wish !== wishes || held >= HELD_FRAMES || frames >= MOST_FRAMES)
      return each('removeEventListener');
    if (!isThere) field?.focus();
    requestAnimationFrame(look);
  };
  each('addEventListener');
  requestAnimationFrame(() => requestAnimationFrame(look));
}
