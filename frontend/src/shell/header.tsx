import type { MouseEvent } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import type { Account } from '../core/api.types';
import { pathIn, pathOf, screenOfPath, storeLang } from '../core/lang';
import { toTop } from '../screens/screen';
import { Icon } from '../ui/icon';
import { isPlainClick } from '../ui/plain-click';
import { useWords } from '../ui/words';
import styles from './header.module.css';
import { useWays } from './ways';

export function Header({ account }: { account: Account | null }) {
  const { t, lang } = useWords();
  const [path, navigate] = useLocation();
  const search = useSearch();
  const ways = useWays();
  const studio = screenOfPath(path) === 'studio';
  const other = lang === 'th' ? 'en' : 'th';
  const otherUrl = pathIn(other, path) + (search ? `?${search.replace(/^\?/, '')}` : '');

  const change = (event: MouseEvent) => {
    storeLang(other);
    if (!isPlainClick(event)) return;
    event.preventDefault();
    navigate(otherUrl, { replace: true });
  };

  return (
    <header className={styles.header}>
      <a className="skip" href={studio ? '#form' : '#main'}>
        {t(studio ? 'skip' : 'skip_to_main')}
      </a>
      <div className={styles.row}>
        <Link className={styles.brand} href={pathOf(lang)} onClick={toTop}>
          <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path d="M16 3a13 13 0 0 0 0 26z" fill="#6f7b96" />
            <path d="M16 3a13 13 0 0 1 0 26z" fill="#8b7bff" />
          </svg>
          <span>{t('brand')}</span>
        </Link>
        <nav className={styles.ways} aria-label={t('ways')}>
          {ways.map(({ screen, label, href, here }) => (
            <Link key={screen} href={href} aria-current={here ? 'page' : undefined} onClick={toTop}>
              {label}
            </Link>
          ))}
        </nav>
        <div className={styles.tools}>
          {account && (
            <p className={styles.credits} data-testid="credits">
              <Icon name="coin" size={18} />
              <span aria-hidden="true">
                {account.available_credits}
                <span className={styles.unit}> {t('credits_unit', { n: account.available_credits })}</span>
              </span>
              <span className="sr-only">{t('credits_label', { n: account.available_credits })}</span>
            </p>
          )}
          <a
            className={styles.tool}
            href={otherUrl}
            hrefLang={other}
            lang={other}
            aria-label={t('other_lang_label')}
            title={t('other_lang_label')}
            onClick={change}
            id="language"
          >
            {t('other_lang')}
          </a>
        </div>
      </div>
    </header>
  );
}
