import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Link } from '../core/follow';
import { askAgain, sessionPutOff } from '../core/session';
import { Button } from '../ui/button';
import { Icon } from '../ui/icon';
import { useNotices } from '../ui/notices';
import { useWords } from '../ui/words';
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

export interface BannersProps {
  link: Link;
  /** Whether a job goes on meanwhile, which is safe. */
  working?: boolean;
  onRetry(): void;
}

export function Banners({ link, working = false, onRetry }: BannersProps) {
  const { t } = useWords();
  const { announce } = useNotices();
  const online = useSyncExternalStore(
    watchNetwork,
    () => navigator.onLine,
    () => true,
  );
  const lost = useLasting(link === 'reconnecting', 1_500);
  const longLost = useLasting(lost, 10_000);
  const ended = useSyncExternalStore(sessionPutOff.subscribe, sessionPutOff.now, () => false);
  const waits = online && !lost && ended;
  const said = lost ? t(working ? 'reconnecting' : 'connection_lost') : ended ? t('session_ended') : '';
  const text = online ? said : t('offline');
  useEffect(() => {
    if (text) announce(text);
  }, [text, announce]);

  return (
    <div className={styles.banners}>
      {text && (
        <div className={`${styles.banner} ${styles.network}`}>
          <Icon name={waits ? 'alert' : 'cloudOff'} />
          <p>{text}</p>
          {waits && (
            <Button look="plain" onClick={askAgain}>
              {t('session_go_on')}
            </Button>
          )}
          {online && longLost && (
            <Button look="plain" onClick={onRetry}>
              {t('retry_now')}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

/** It comes late, so it stands where it pushes nothing that somebody may be about to touch. */
export function SimulatorNote() {
  const { t } = useWords();
  return (
    <div className={`${styles.banner} ${styles.note}`} data-testid="simulator">
      <Icon name="flask" />
      <p>
        <strong>{t('simulator')}</strong> <span>{t('simulator_note')}</span>
      </p>
    </div>
  );
}
