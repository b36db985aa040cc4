import { useEffect } from 'react';
import { hold } from '../core/version';

/** Let a new version wait while there is work that it would interrupt. */
export function useHold(name: string, held: boolean): void {
  useEffect(() => {
    hold(name, held);
    return () => hold(name, false);
  }, [name, held]);
}
