import { useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { moment } from '../../core/format';
import { jobPath } from '../../core/job-path';
import { pathOf } from '../../core/lang';
import { belongs, searchOf } from '../../core/listing';
import type { House } from '../../shell/use-house';
import { useAreaWords } from '../../ui/area-words';
import { Button } from '../../ui/button';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { Screen, toTop } from '../screen';
import { Filters } from './filters';
import { List } from './list';
import { More } from './more';
import styles from './screen.module.css';
import { Skeleton } from './skeleton';
import { useDeletions } from './use-deletions';
import { type HistoryState, useHistory } from './use-history';
import { useKeepList, useKeptList } from './use-kept-list';
import { useWanted } from './use-wanted';
import { words } from './words';

const stay = () => undefined;

/** Every picture of the account. */
export function HistoryScreen({ house }: { house: House }) {
  const { t, lang, explain } = useWords();
  const say = useAreaWords(words);
  const [, navigate] = useLocation();
  const wish = useWanted();
  const { wanted } = wish;
  const narrow = searchOf(wanted) !== '';
  const deletions = useDeletions(stay);
  const history = useHistory(house.open, null, wanted);
  const account = house.account?.id ?? null;
  useKeepList(account, narrow ? null : history.newest);
  const network = {
    link: house.link === 'live' ? history.link : house.link,
    onRetry: () => {
      house.reread();
      history.again();
    },
  };
  const lost = history.lost || (!house.open && house.link !== 'live');
  const kept = useKeptList(lost, account);
  const all = kept ? kept.items.filter((job) => belongs(job, wanted)) : history.items;
  const items = all.filter((job) => !deletions.hidden.has(job.id));
  const settled = kept !== null || !(history.loading || history.problem);
  useFound(searchOf(wanted), items.length, history);

  return (
    <Screen title={t('history')} network={network}>
      <Filters wish={wish} />
      {kept && (
        <p className={styles.note} data-testid="as-of">
          {say('as_of', { time: moment(new Date(kept.at).toISOString(), lang) })}
        </p>
      )}
      {history.behind && (
        <p className={styles.note}>
          {say('behind')}{' '}
          <Button look="plain" icon="retry" onClick={history.again}>
            {t('retry')}
          </Button>
        </p>
      )}
      <section
        className={styles.pictures}
        id="history"
        aria-label={t('history')}
        aria-busy={history.changing}
        data-testid="history"
      >
        {history.problem && !kept && (
          <div className={styles.empty}>
            <p>{explain(history.problem)}</p>
            <Button look="quiet" icon="retry" onClick={history.again}>
              {t('retry')}
            </Button>
          </div>
        )}
        {history.loading && !history.problem && !kept && <Skeleton shape="grid" n={12} />}
        {settled && items.length === 0 && narrow && (
          <div className={styles.empty}>
            <p>{wanted.q ? say('nothing_found', { q: wanted.q }) : say('nothing_here')}</p>
            <Button look="quiet" onClick={wish.clear}>
              {say('everything')}
            </Button>
          </div>
        )}
        {settled && items.length === 0 && !narrow && (
          <div className={styles.empty}>
            <p>{t('history_empty')}</p>
            <Link href={pathOf(lang)} onClick={toTop}>
              {say('make_first')}
            </Link>
          </div>
        )}
        {items.length > 0 && (
          <List
            shape="grid"
            items={items}
            current={null}
            deletions={deletions}
            whenEmpty="search"
            onOpen={(id) => {
              toTop();
              navigate(jobPath(pathOf(lang), id));
            }}
          />
        )}
        {!kept && <More history={history} shown={items.length} />}
      </section>
    </Screen>
  );
}

/** Say how many pictures a change of the search or the filter has brought. */
function useFound(wanted: string, n: number, history: HistoryState): void {
  const { announce } = useNotices();
  const say = useAreaWords(words);
  const said = useRef(wanted);
  const ready = !history.loading && !history.changing && !history.problem;
  useEffect(() => {
    if (!ready || said.current === wanted) return;
    said.current = wanted;
    announce(say(history.hasMore ? 'found_more' : 'found', { n }));
  }, [ready, wanted, n, history.hasMore, announce, say]);
}
