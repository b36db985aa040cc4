import { useCallback, useEffect, useState } from 'react';
import { look } from '../../core/reach';
import { useLetGo } from '../../ui/use-let-go';

/** Opening; late, after which a way on is due; failed; ready to be painted at once. */
export type Decoding = 'opening' | 'late' | 'failed' | 'ready';

const PATIENCE_MS = 3_000;

/** Resolves when the picture can be painted. A page that nobody sees decodes nothing: its bytes must do there. */
function decoded(image: HTMLImageElement): Promise<void> {
  return new Promise((resolve, reject) => {
    image.addEventListener('load', () => document.hidden && resolve());
    image.decode().then(resolve, reject);
  });
}

/**
 * How the opening of a picture stands; a picture is not "done" before it is ready. One that was lost while the gateway
 * was away is opened anew once that is back.
 */
export function useDecoded(url: string | null): { state: Decoding; again(): void } {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<Decoding>('opening');
  const waits = useLetGo(url !== null && state !== 'ready', () => state !== 'failed');
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another opening
  useEffect(() => {
    if (!url) {
      setState('failed');
      return;
    }
    if (waits) return;
    let current = true;
    setState('opening');
    const late = setTimeout(() => setState('late'), PATIENCE_MS);
    const image = new Image();
    const end = (next: Decoding) => {
      clearTimeout(late);
      if (current) setState(next);
    };
    image.src = url;
    decoded(image).then(
      () => end('ready'),
      async () => {
        end('failed');
        if (current) await look();
      },
    );
    return () => {
      current = false;
      clearTimeout(late);
      image.src = '';
    };
  }, [url, attempt, waits]);
  return { state, again: useCallback(() => setAttempt((n) => n + 1), []) };
}
