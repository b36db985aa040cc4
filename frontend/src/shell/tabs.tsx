import { Link } from 'wouter';
import { toTop } from '../screens/screen';
import { Icon } from '../ui/icon';
import { useWords } from '../ui/words';
import styles from './tabs.module.css';
import { useWays } from './ways';

/** The ways between the screens, at the bottom of a phone. */
export function Tabs() {
  const { t } = useWords();
  return (
    <nav className={styles.tabs} aria-label={t('ways')} data-testid="tabs">
      {useWays().map(({ screen, icon, label, href, here }) => (
        <Link key={screen} href={href} aria-current={here ? 'page' : undefined} onClick={toTop}>
          <Icon name={icon} size={24} />
          <span>{label}</span>
        </Link>
      ))}
    </nav>
  );
}
