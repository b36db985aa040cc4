import { useState } from 'react';
import { canNotify, wantNews, wantNoNews, wantsNews } from '../../core/notify';
import { Button } from '../../ui/button';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';

/** "Tell me when it's done": the browser is asked only when somebody presses it. */
export function NotifyButton({ jobId }: { jobId: string }) {
  const { t } = useWords();
  const { show } = useNotices();
  const [wanted, setWanted] = useState(() => wantsNews(jobId));
  if (!canNotify()) return null;
  const ask = async () => {
    const allowed = await wantNews(jobId);
    setWanted(allowed);
    show({ text: t(allowed ? 'notify_on' : 'notify_blocked') });
  };
  const drop = () => {
    wantNoNews();
    setWanted(false);
    show({ text: t('notify_off') });
  };
  return (
    <Button look="quiet" icon={wanted ? 'check' : 'bell'} aria-pressed={wanted} onClick={wanted ? drop : ask}>
      {t('notify')}
    </Button>
  );
}
