import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Account, Config } from '../../core/api.types';
import type { Lang } from '../../core/format';
import { pathOf, storeLang } from '../../core/lang';
import { chooseTextSize, storedTextSize, TEXT_SIZES, type TextSize } from '../../core/text-size';
import type { House } from '../../shell/use-house';
import { useAreaWords } from '../../ui/area-words';
import { Choice } from '../../ui/choice';
import { useWords } from '../../ui/words';
import { Screen, toTop } from '../screen';
import { Photos } from './photos';
import styles from './screen.module.css';
import { words } from './words';

const LANGUAGES = [
  { value: 'th', label: 'ไทย', lang: 'th' },
  { value: 'en', label: 'English', lang: 'en' },
] as const;

/** Who the visitor is here, what there is to use, and what is kept. */
export function AccountScreen({ house }: { house: House }) {
  const { t, lang } = useWords();
  const say = useAreaWords(words);
  const [, navigate] = useLocation();
  const [size, setSize] = useState<TextSize>('normal');
  useEffect(() => setSize(storedTextSize()), []);

  const speak = (next: Lang) => {
    storeLang(next);
    navigate(pathOf(next, 'account'), { replace: true });
  };
  return (
    <Screen title={t('account')} network={{ link: house.link, onRetry: house.reread }}>
      <div className={styles.cards}>
        <Credits account={house.account} config={house.config} />
        {house.account?.kind === 'guest' && (
          <section className={styles.card} aria-labelledby="guest-title">
            <h2 id="guest-title">{say('guest_title')}</h2>
            <p>{say('guest_text')}</p>
            <p>{say('guest_lost')}</p>
          </section>
        )}
        <div className={styles.card}>
          <Choice
            name="language"
            title={say('language_title')}
            options={LANGUAGES}
            value={lang}
            onChoose={speak}
          />
          <Choice
            name="text"
            title={say('text_title')}
            options={TEXT_SIZES.map((value) => ({ value, label: say(`text_${value}`) }))}
            value={size}
            onChoose={(next) => {
              chooseTextSize(next);
              setSize(next);
            }}
          />
          <p>{say('text_kept')}</p>
        </div>
        <Photos house={house} />
      </div>
      <p className={styles.on}>
        <Link href={pathOf(lang)} onClick={toTop}>
          {say('make')}
        </Link>
        <Link href={pathOf(lang, 'history')} onClick={toTop}>
          {say('pictures')}
        </Link>
      </p>
    </Screen>
  );
}

function Credits({ account, config }: { account: Account | null; config: Config | null }) {
  const { t } = useWords();
  const say = useAreaWords(words);
  const prices = config?.models.map((model) => model.price_credits) ?? [];
  return (
    <section className={styles.card} aria-labelledby="credits-title">
      <h2 id="credits-title">{say('credits_title')}</h2>
      {account ? (
        <p className={styles.sum} data-testid="credits-available">
          {say('credits_available', { n: account.available_credits })}
        </p>
      ) : (
        <p className={styles.waiting} role="img" aria-label={t('loading')} />
      )}
      {account && account.held_credits > 0 && <p>{say('credits_held', { n: account.held_credits })}</p>}
      {prices.length > 0 && <p>{say('credits_price', { n: Math.min(...prices) })}</p>}
    </section>
  );
}
