import { type ImgHTMLAttributes, useEffect, useRef, useState } from 'react';
import { look } from '../core/reach';
import { useLetGo } from './use-let-go';

/** So far below the window a browser fetches a lazy picture. */
const AHEAD_PX = 2_500;

function isAskedFor(image: HTMLImageElement | null): boolean {
  return !!image && !image.complete && image.getBoundingClientRect().top < window.innerHeight + AHEAD_PX;
}

/** A picture that has left the page goes on loading, and keeps its connection, until it is collected as garbage. */
function letGoOnceGone(image: HTMLImageElement): void {
  queueMicrotask(() => {
    if (image.isConnected) return;
    image.removeAttribute('srcset');
    image.removeAttribute('src');
  });
}

/**
 * A picture, of this device or from the network. One that a silent network has swallowed never says so and keeps one of
 * the browser's few connections; so it is let go while the gateway is away, and asked for anew afterwards.
 */
export function Picture({ src, srcSet, alt, onError, ...others }: ImgHTMLAttributes<HTMLImageElement>) {
  const image = useRef<HTMLImageElement>(null);
  const [seen, setSeen] = useState<string>();
  const here = seen === src || src?.startsWith('blob:') === true;
  const waits = useLetGo(!here, () => isAskedFor(image.current));

  useEffect(() => {
    if (image.current?.complete && image.current.naturalWidth > 0) setSeen(src);
  }, [src]);
  useEffect(() => {
    const element = image.current;
    return () => {
      if (element) letGoOnceGone(element);
    };
  }, []);

  return (
    <img
      {...others}
      ref={image}
      src={waits ? undefined : src}
      srcSet={waits ? undefined : srcSet}
      alt={alt}
      onLoad={() => setSeen(src)}
      onError={async (event) => {
        if (!waits && (await look())) onError?.(event);
      }}
    />
  );
}
