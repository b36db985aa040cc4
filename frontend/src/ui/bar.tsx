import styles from './bar.module.css';

/** A progress bar: as far as the data says, or moving (still in reduced motion) when nobody knows. */
export function Bar({ percent, label }: { percent: number | null; label: string }) {
  return (
    <span className={`${styles.bar} ${percent === null ? styles.unknown : ''}`}>
      <progress max={100} value={percent ?? undefined} aria-label={label} />
    </span>
  );
}
