import { Button } from '../../ui/button';
import { useWords } from '../../ui/words';
import styles from './history.module.css';
import { Tile } from './tile';
import type { Deletions } from './use-deletions';
import { useHistory } from './use-history';

export interface HistoryProps {
  open: boolean;
  current: string | null;
  deletions: Deletions;
  onOpen(id: string): void;
}

export function History({ open, current, deletions, onOpen }: HistoryProps) {
  const { t, explain } = useWords();
  const history = useHistory(open, current);
  const items = history.items.filter((job) => !deletions.hidden.has(job.id));

  return (
    <section id="history" aria-labelledby="history-title" className={styles.history} data-testid="history">
      <h2 id="history-title">{t('history')}</h2>
      {history.problem && (
        <div className={styles.problem}>
          <p>{explain(history.problem)}</p>
          <Button look="quiet" icon="retry" onClick={history.again}>
            {t('retry')}
          </Button>
        </div>
      )}
      {history.loading && !history.problem && (
        <div className={styles.grid} role="img" aria-label={t('history_loading')}>
          {['a', 'b', 'c', 'd'].map((name) => (
            <div key={name} className={styles.skeleton} />
          ))}
        </div>
      )}
      {!history.loading && !history.problem && items.length === 0 && (
        <p className={styles.empty}>{t('history_empty')}</p>
      )}
      {items.length > 0 && (
        <ul className={styles.grid}>
          {items.map((job) => (
            <Tile
              key={job.id}
              job={job}
              current={job.id === current}
              onOpen={() => onOpen(job.id)}
              onDelete={() => deletions.remove(job)}
            />
          ))}
        </ul>
      )}
      {history.hasMore && (
        <Button
          className={styles.more}
          look="quiet"
          aria-disabled={history.loadingMore}
          onClick={history.more}
        >
          {t(history.loadingMore ? 'loading' : 'history_more')}
        </Button>
      )}
    </section>
  );
}
