import { useWords } from '../../ui/words';
import own from './history.module.css';
import styles from './list.module.css';

/** A page full of pictures, or the few newest beside something else. */
export type Shape = 'grid' | 'strip';

/** How many pictures a strip shows. */
export const FEW = 6;

const PLACES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];

/** The places of pictures that are being asked for. */
export function Skeleton({ shape, n }: { shape: Shape; n: number }) {
  const { t } = useWords();
  return (
    <div className={styles[shape]} role="img" aria-label={t('history_loading')}>
      {PLACES.slice(0, n).map((name) => (
        <div key={name} className={styles.skeleton} />
      ))}
    </div>
  );
}

/** The strip before its code is here: what it shows while it loads. */
export function HistoryWaiting() {
  const { t } = useWords();
  return (
    <section id="history" aria-labelledby="history-title" className={own.history} data-testid="history">
      <div className={own.head}>
        <h2 id="history-title" tabIndex={-1}>
          {t('history')}
        </h2>
      </div>
      <Skeleton shape="strip" n={FEW} />
    </section>
  );
}
