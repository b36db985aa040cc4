import { type ComponentType, useEffect, useReducer } from 'react';
import { AGAIN_MS } from '../core/insist';

export interface Later<P> {
  (props: P): React.ReactNode;
  /** Fetch it before it is wanted, and say whether it is here; what the network loses is asked for when it is drawn. */
  fetch(): Promise<boolean>;
}

const Nothing = () => null;

/**
 * A component of its own chunk. Until the chunk is here `Waiting` is drawn, as on the prerendered page; a chunk
 * that does not come is asked for again until it does, and `Lost` drawn meanwhile.
 */
export function later<P extends object>(
  load: () => Promise<ComponentType<P>>,
  Waiting: ComponentType<P> = Nothing,
  Lost: ComponentType<P> = Waiting,
): Later<P> {
  let Ready: ComponentType<P> | null = null;
  let coming: Promise<void> | null = null;

  const bring = () => {
    coming ??= load().then(
      (component) => {
        Ready = component;
      },
      (cause) => {
        coming = null;
        throw cause;
      },
    );
    return coming;
  };

  function LaterComponent(props: P) {
    const [, redraw] = useReducer((drawn: number) => drawn + 1, 0);
    const [failed, fail] = useReducer(() => true, false);
    const missing = Ready === null;
    useEffect(() => {
      if (!missing) return;
      let wanted = true;
      const ask = () =>
        bring().then(
          () => wanted && redraw(),
          () => {
            if (!wanted) return;
            fail();
            timer = setTimeout(ask, AGAIN_MS);
          },
        );
      // In a task of its own: when a page comes alive, several ask at once.
      let timer = setTimeout(ask);
      return () => {
        wanted = false;
        clearTimeout(timer);
      };
    }, [missing]);
    const Drawn = Ready ?? (failed ? Lost : Waiting);
    return <Drawn {...props} />;
  }
  LaterComponent.fetch = () =>
    bring().then(
      () => true,
      () => false,
    );
  return LaterComponent;
}
