import { useEffect, useState } from 'react';

/** Somebody has begun: what they will want may have no network to come over when they want it. */
export function useBegun(): boolean {
  const [begun, setBegun] = useState(false);
  useEffect(() => {
    const begin = () => setBegun(true);
    const signs = ['pointerdown', 'keydown', 'input', 'change', 'drop', 'paste'];
    for (const sign of signs) window.addEventListener(sign, begin, { once: true, capture: true });
    return () => {
      for (const sign of signs) window.removeEventListener(sign, begin, { capture: true });
    };
  }, []);
  return begun;
}
