import { useQuery } from '@tanstack/react-query';
import { api } from '../../core/api';
import { newBuild, pageBuild, refresh } from '../../core/version';
import { Button } from '../../ui/button';
import { useWords } from '../../ui/words';
import { Screen } from '../screen';

/**
 * In place of a screen whose chunk does not come: there is no network, or the house has a newer version by now.
 * The chunk is asked for again meanwhile.
 */
export function Lost() {
  const { t } = useWords();
  const { data } = useQuery({ queryKey: ['config'], queryFn: api.config, refetchOnMount: 'always' });
  const old = newBuild({ page: pageBuild(), house: data?.build, later: null }) !== null;
  return (
    <Screen title={t(old ? 'old_title' : 'lost_title')}>
      <p data-testid={old ? 'old-version' : 'offline'}>{t(old ? 'old_text' : 'lost_text')}</p>
      <p>
        <Button look={old ? 'primary' : 'quiet'} icon="retry" onClick={() => void refresh()}>
          {t(old ? 'old_refresh' : 'retry')}
        </Button>
      </p>
    </Screen>
  );
}
