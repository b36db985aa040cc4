import { useEffect, useState } from 'react';
import { askToInstall, noteOffered, offeredWay, type Way } from '../core/install';
import { useAreaWords } from '../ui/area-words';
import { Button } from '../ui/button';
import { useNotices } from '../ui/notices';
import styles from './install-hint.module.css';
import { AddSign, ShareSign } from './install-signs';
import { words } from './words';

/** Offers the home screen, once, under the first picture that came out here. */
export function InstallHint() {
  const say = useAreaWords(words);
  const { show } = useNotices();
  const [way, setWay] = useState<Way>(offeredWay);
  useEffect(() => {
    if (way) noteOffered();
  }, [way]);

  const install = async () => {
    setWay(null);
    if (await askToInstall()) show({ text: say('installed') });
  };
  if (!way) return null;
  return (
    <aside className={styles.hint} aria-labelledby="install-title" data-testid="install">
      <h2 id="install-title">{say('install_title')}</h2>
      {way === 'ask' ? (
        <p>{say('install_text')}</p>
      ) : (
        <ol className={styles.steps}>
          <li>
            <ShareSign />
            {say('install_share')}
          </li>
          <li>
            <AddSign />
            {say('install_add')}
          </li>
        </ol>
      )}
      <div className={styles.actions}>
        {way === 'ask' && (
          <Button look="primary" onClick={() => void install()}>
            {say('install_go')}
          </Button>
        )}
        <Button look="quiet" onClick={() => setWay(null)}>
          {say(way === 'ask' ? 'install_no' : 'install_seen')}
        </Button>
      </div>
    </aside>
  );
}
