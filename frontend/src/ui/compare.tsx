import { useLayoutEffect, useRef, useState } from 'react';
import styles from './compare.module.css';
import { Icon } from './icon';
import { Picture } from './picture';
import { useWords } from './words';

export interface CompareProps {
  before: string;
  after: string;
  altBefore: string;
  altAfter: string;
  aspect: number;
  /** Wipe from before to after once, when the result arrives. */
  reveal?: boolean;
  /** Where the line stands: percent of the width that shows the picture before. */
  value: number;
  onChange(value: number): void;
  onBeforeFailed?(): void;
}

/** Two pictures in one frame and a native range over them. Positions go through CSSOM, not style attributes. */
export function Compare(props: CompareProps) {
  const { t } = useWords();
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    frame.current?.style.setProperty('--pos', `${props.value}%`);
    frame.current?.style.setProperty('--aspect', String(props.aspect));
  }, [props.value, props.aspect]);

  return (
    <div
      ref={frame}
      className={`${styles.frame} ${styles.compare} ${props.reveal ? styles.reveal : ''}`}
      data-testid="compare"
    >
      <Picture
        src={props.before}
        alt={props.altBefore}
        loading="lazy"
        onError={props.onBeforeFailed}
        draggable={false}
      />
      <Picture
        className={styles.after}
        src={props.after}
        alt={props.altAfter}
        loading="lazy"
        draggable={false}
      />
      <span className={`${styles.label} ${styles.labelBefore}`} aria-hidden="true" hidden={props.value < 12}>
        {t('before')}
      </span>
      <span className={`${styles.label} ${styles.labelAfter}`} aria-hidden="true" hidden={props.value > 88}>
        {t('after')}
      </span>
      <div className={styles.line} aria-hidden="true">
        <span className={styles.handle}>
          <Icon name="handle" />
        </span>
      </div>
      <input
        className={styles.range}
        type="range"
        min={0}
        max={100}
        step={1}
        value={props.value}
        aria-label={t('compare')}
        aria-valuetext={t('compare_value', { n: 100 - props.value })}
        onChange={(event) => props.onChange(Number(event.target.value))}
      />
      <span className={styles.ring} aria-hidden="true" />
    </div>
  );
}

export function useComparePosition(start = 50) {
  const [value, setValue] = useState(start);
  const before = value > 99;
  return { value, setValue, showsBefore: before, toggleBefore: () => setValue(before ? start : 100) };
}
