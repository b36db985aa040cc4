import type { MouseEvent } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { Account } from '../core/api.types';
import { pathOf, storeLang } from '../core/lang';
import { Icon } from '../ui/icon';
import { useWords } from '../ui/words';
import styles from './header.module.css';

const plain = (event: MouseEvent) => !(event.ctrlKey || event.metaKey || event.shiftKey);

export function Header({ account }: { account: Account | null }) {
  const { t, lang } = useWords();
  const [path, navigate] = useLocation();
  const search = useSearch();
  const other = lang === 'th' ? 'en' : 'th';
  const otherUrl = pathOf(other) + (search ? `?${search.replace(/^\?/, '')}` : '');

  const home = (event: MouseEvent) => {
    if (!plain(event)) return;
    event.preventDefault();
    navigate(path);
    window.scrollTo({ top: 0 });
  };
  const change = (event: MouseEvent) => {
    storeLang(other);
    if (!plain(event)) return;
    event.preventDefault();
    navigate(otherUrl, { replace: true });
  };

  return (
    <header className={styles.header}>
      <a className="skip" href="#form">
        {t('skip')}
      </a>
      <div className={styles.row}>
        <a className={styles.brand} href={pathOf(lang)} onClick={home}>
          <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path d="M16 3a13 13 0 0 0 0 26z" fill="#6f7b96" />
            <path d="M16 3a13 13 0 0 1 0 26z" fill="#8b7bff" />
          </svg>
          <span>{t('brand')}</span>
        </a>
        <div className={styles.tools}>
          {account && (
            <p className={styles.credits} data-testid="credits">
              <Icon name="coin" size={18} />
              <span aria-hidden="true">
                {account.available_credits}
                <span className={styles.unit}>
                  {' '}
                  {t('credits', { n: account.available_credits }).replace(/^\d+ ?/, '')}
                </span>
              </span>
              <span className="sr-only">{t('credits_label', { n: account.available_credits })}</span>
            </p>
          )}
          <a className={styles.tool} href="#history" aria-label={t('history')} title={t('history')}>
            <Icon name="history" />
          </a>
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
