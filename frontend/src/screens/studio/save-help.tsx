import { inAppBrowser, outsideUrl } from '../../core/in-app';
import { Problem } from '../../core/problem';
import { Button, LinkButton } from '../../ui/button';
import { useWords } from '../../ui/words';
import styles from './save.module.css';

/** Why saving needs a hand: the browser of an app keeps nothing, or it went wrong. */
export type Trouble = 'in_app_browser' | 'download_failed' | 'share_failed';

/** How to keep the picture all the same. */
export function SaveHelp({ trouble, onClose }: { trouble: Trouble; onClose(): void }) {
  const { t, explain } = useWords();
  const kind = inAppBrowser(navigator.userAgent);
  const inApp = trouble === 'in_app_browser';
  // Another browser is another guest: it opens the studio, not this picture.
  const outside = kind && outsideUrl(location.origin + location.pathname, kind, navigator.userAgent);
  return (
    <div className={styles.help} role={inApp ? undefined : 'alert'} data-testid="save-help">
      {inApp && (
        <p>
          <strong>{t('hold')}</strong>
        </p>
      )}
      <p>{explain(new Problem(trouble))}</p>
      <div className={styles.ways}>
        {outside && (
          <LinkButton look="normal" href={outside}>
            {t('open_outside')}
          </LinkButton>
        )}
        <Button look="quiet" onClick={onClose}>
          {t('close')}
        </Button>
      </div>
    </div>
  );
}
