import { Link } from 'wouter';
import { pathOf } from '../../core/lang';
import { EVERYTHING } from '../../core/listing';
import { Button } from '../../ui/button';
import { useWords } from '../../ui/words';
import { toTop } from '../screen';
import styles from './history.module.css';
import { List } from './list';
import { FEW, Skeleton } from './skeleton';
import type { Deletions } from './use-deletions';
import { useHistory } from './use-history';

export interface HistoryProps {
  open: boolean;
  current: string | null;
  deletions: Deletions;
  onOpen(id: string): void;
}

/** The newest pictures, under the stage. */
export function History({ open, current, deletions, onOpen }: HistoryProps) {
  const { t, lang, explain } = useWords();
  const history = useHistory(open, current, EVERYTHING);
  const items = history.items.filter((job) => !deletions.hidden.has(job.id));

  return (
    <section id="history" aria-labelledby="history-title" className={styles.history} data-testid="history">
      <div className={styles.head}>
        <h2 id="history-title" tabIndex={-1}>
          {t('history')}
        </h2>
        {items.length > 0 && (
          <Link href={pathOf(lang, 'history')} onClick={toTop}>
            {t('history_all')}
          </Link>
        )}
      </div>
      {history.problem && (
        <div className={styles.problem}>
          <p>{explain(history.problem)}</p>
          <Button look="quiet" icon="retry" onClick={history.again}>
            {t('retry')}
          </Button>
        </div>
      )}
      {history.loading && !history.problem && <Skeleton shape="strip" n={FEW} />}
      {!history.loading && !history.problem && items.length === 0 && (
        <p className={styles.empty}>{t('history_empty')}</p>
      )}
      {items.length > 0 && (
        <List
          shape="strip"
          items={items.slice(0, FEW)}
          current={current}
          deletions={deletions}
          whenEmpty="history-title"
          onOpen={onOpen}
        />
      )}
    </section>
  );
}
