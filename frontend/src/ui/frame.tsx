import { type ReactNode, useLayoutEffect, useRef } from 'react';
import styles from './compare.module.css';

/** A box with the shape of a picture, never higher than the screen allows. */
export function Frame({
  aspect,
  children,
  className,
}: {
  aspect: number;
  children: ReactNode;
  className?: string;
}) {
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    frame.current?.style.setProperty('--aspect', String(aspect));
  }, [aspect]);
  return (
    <div ref={frame} className={`${styles.frame} ${className ?? ''}`} data-testid="frame">
      {children}
    </div>
  );
}
