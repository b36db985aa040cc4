import { useLayoutEffect, useRef } from 'react';
import { Picture } from './picture';
import styles from './side-by-side.module.css';
import { useWords } from './words';

export interface SideBySideProps {
  before: string;
  after: string;
  altBefore: string;
  altAfter: string;
  aspect: number;
  onBeforeFailed?(): void;
}

/** Both pictures whole: in columns where there is room, else one above the other. */
export function SideBySide(props: SideBySideProps) {
  const { t } = useWords();
  const pair = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    pair.current?.style.setProperty('--aspect', String(props.aspect));
  }, [props.aspect]);
  return (
    <div
      ref={pair}
      className={`${styles.pair} ${props.aspect > 1 ? styles.wide : ''}`}
      data-testid="side-by-side"
    >
      <figure>
        <figcaption>{t('before')}</figcaption>
        <Picture src={props.before} alt={props.altBefore} onError={props.onBeforeFailed} draggable={false} />
      </figure>
      <figure>
        <figcaption>{t('after')}</figcaption>
        <Picture src={props.after} alt={props.altAfter} draggable={false} />
      </figure>
    </div>
  );
}
