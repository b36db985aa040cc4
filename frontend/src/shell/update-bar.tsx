import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { api } from '../core/api';
import { isHeld, newBuild, onHold, pageBuild, refresh } from '../core/version';
import { useAreaWords } from '../ui/area-words';
import { Button } from '../ui/button';
import { useNotices } from '../ui/notices';
import styles from './update-bar.module.css';
import { words } from './words';

const ASK_AGAIN_MS = 15 * 60_000;
const FRESH_MS = 60_000;

/** Says that there is a newer version, once nobody's work has to wait for it. */
export function UpdateBar() {
  const say = useAreaWords(words);
  const { announce } = useNotices();
  const [later, setLater] = useState<string | null>(null);
  const held = useSyncExternalStore(onHold, isHeld, () => true);
  const { data } = useQuery({
    queryKey: ['config'],
    queryFn: api.config,
    staleTime: FRESH_MS,
    refetchInterval: ASK_AGAIN_MS,
  });
  const build = newBuild({ page: pageBuild(), house: data?.build, later });
  const offered = build !== null && !held;
  useEffect(() => {
    if (offered) announce(say('update_ready'));
  }, [offered, announce, say]);

  if (!offered) return null;
  return (
    <aside className={styles.bar} data-testid="update">
      <p>{say('update_ready')}</p>
      <Button look="primary" onClick={() => void refresh()}>
        {say('update_now')}
      </Button>
      <Button look="plain" onClick={() => setLater(build)}>
        {say('update_later')}
      </Button>
    </aside>
  );
}
