import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { gatewayLost, look } from '../core/reach';

const PATIENCE_MS = 6_000;
/** What the browser has kept is there by then. */
const FROM_CACHE_MS = 1_000;

/**
 * Whether something on its way is to be let go, as the gateway is away. A silent network never says so: after a while
 * the gateway is looked for; after twice as long when that was in vain, for a slow network must come to an end too.
 * `isAsked` tells whether the browser really asks by now.
 */
export function useLetGo(onItsWay: boolean, isAsked: () => boolean): boolean {
  const lost = useSyncExternalStore(gatewayLost.subscribe, gatewayLost.now, () => false);
  const [letGo, setLetGo] = useState(false);
  const looks = useRef(0);
  const begunBefore = useRef(false);
  const asked = useRef(isAsked);
  asked.current = isAsked;
  useEffect(() => {
    if (!onItsWay) {
      begunBefore.current = false;
      setLetGo(false);
      return;
    }
    if (lost) {
      const timer = setTimeout(() => setLetGo(true), begunBefore.current ? 0 : FROM_CACHE_MS);
      return () => clearTimeout(timer);
    }
    begunBefore.current = true;
    setLetGo(false);
    const patienceMs = PATIENCE_MS * 2 ** looks.current;
    const timer = setInterval(() => {
      if (document.hidden || !asked.current()) return;
      looks.current += 1;
      void look();
    }, patienceMs);
    return () => clearInterval(timer);
  }, [onItsWay, lost]);
  return onItsWay && lost && letGo;
}
