import { Link } from 'wouter';
import { pathOf } from '../../core/lang';
import { useAreaWords } from '../../ui/area-words';
import { useWords } from '../../ui/words';
import { Screen, toTop } from '../screen';
import styles from './pages.module.css';
import { words } from './words';

/** For an address that leads nowhere. */
export function NotFound() {
  const { lang } = useWords();
  const say = useAreaWords(words);
  return (
    <Screen title={say('not_found_title')}>
      <p data-testid="not-found">{say('not_found_text')}</p>
      <p className={styles.ways}>
        <Link href={pathOf(lang)} onClick={toTop}>
          {say('to_studio')}
        </Link>
        <Link href={pathOf(lang, 'history')} onClick={toTop}>
          {say('to_history')}
        </Link>
      </p>
    </Screen>
  );
}
