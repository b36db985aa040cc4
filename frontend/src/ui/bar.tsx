import { useEffect, useRef } from 'react';
import styles from './bar.module.css';

/** A progress bar: as far as the data says, or moving (still in reduced motion) when nobody knows. */
export function Bar({ percent, label }: { percent: number | null; label: string }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    bar.current?.style.setProperty('--done', String((percent ?? 0) / 100));
  }, [percent]);
  return (
    <span ref={bar} className={`${styles.bar} ${percent === null ? styles.unknown : ''}`}>
      <progress max={100} value={percent ?? undefined} aria-label={label} />
      <span className={styles.fill} />
    </span>
  );
}
