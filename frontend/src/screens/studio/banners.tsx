import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Link } from '../../core/follow';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import styles from './banners.module.css';

function watchNetwork(changed: () => void) {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}

/** True after `ms` of it being true without a break: a blip is not worth a word. */
function useLasting(value: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLasting(value), value ? ms : 0);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return lasting && value;
}

export function Banners({ simulator, link, onRetry }: { simulator: boolean; link: Link; onRetry(): void }) {
  const { t } = useWords();
  const { announce } = useNotices();
  const online = useSyncExternalStore(
    watchNetwork,
    () => navigator.onLine,
    () => true,
  );
  const lost = useLasting(link === 'reconnecting', 1_500);
  const longLost = useLasting(lost, 10_000);
  const text = online ? (lost ? t('reconnecting') : '') : t('offline');
  useEffect(() => {
    if (text) announce(text);
  }, [text, announce]);

  return (
    <div className={styles.banners}>
      {text && (
        <div className={`${styles.banner} ${styles.network}`}>
          <Icon name="cloudOff" />
          <p>{text}</p>
          {online && longLost && (
            <Button look="plain" onClick={onRetry}>
              {t('retry_now')}
            </Button>
          )}
        </div>
      )}
      {simulator && (
        <div className={styles.banner} data-testid="simulator">
          <Icon name="flask" />
          <p>
            <strong>{t('simulator')}</strong> <span>{t('simulator_note')}</span>
          </p>
        </div>
      )}
    </div>
  );
}
