import { useEffect, useRef } from 'react';
import { useAreaWords } from '../../ui/area-words';
import { Button } from '../../ui/button';
import { useWords } from '../../ui/words';
import styles from './screen.module.css';
import type { HistoryState } from './use-history';
import { words } from './words';

/** How far below the window the end of the list may be when the next page is fetched. */
const AHEAD = '600px';

/** The next page: fetched when the end of the list comes near, or by the button. */
export function More({ history, shown }: { history: HistoryState; shown: number }) {
  const { t } = useWords();
  const say = useAreaWords(words);
  const end = useRef<HTMLDivElement>(null);
  const { more } = history;
  const fetchMore = useRef(more);
  fetchMore.current = more;
  const waiting = history.hasMore && !history.loadingMore && !history.moreFailed;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a short page may leave the end in view: look again
  useEffect(() => {
    if (!waiting || !end.current) return;
    const near = (entries: IntersectionObserverEntry[]) =>
      entries.some((entry) => entry.isIntersecting) && fetchMore.current();
    const observer = new IntersectionObserver(near, { rootMargin: AHEAD });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [waiting, shown]);

  const wasShown = useRef<number | null>(null);
  useEffect(() => {
    if (wasShown.current === null || shown <= wasShown.current) return;
    document.querySelector<HTMLElement>(`#history li:nth-child(${wasShown.current + 1}) a`)?.focus();
    wasShown.current = null;
  }, [shown]);
  const press = () => {
    if (history.loadingMore) return;
    wasShown.current = shown;
    more();
  };

  if (!history.hasMore) return null;
  return (
    <div className={styles.more} ref={end}>
      {history.moreFailed && <p role="alert">{say('more_failed')}</p>}
      <Button look="quiet" aria-disabled={history.loadingMore} onClick={press}>
        {t(history.loadingMore ? 'loading' : history.moreFailed ? 'retry' : 'history_more')}
      </Button>
    </div>
  );
}
