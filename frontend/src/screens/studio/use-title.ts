import { useEffect } from 'react';
import type { Job } from '../../core/api.types';
import { isOpen } from '../../core/job';
import { useWords } from '../../ui/words';

/** The tab tells how it stands while somebody reads another one. */
export function useTitle(job: Job | null, sending: boolean): void {
  const { t } = useWords();
  const working = sending || (job !== null && isOpen(job));
  const done = job?.status === 'done';
  useEffect(() => {
    const state = working ? t('title_working') : done ? t('title_done') : '';
    document.title = state ? `${state} · ${t('brand')}` : `${t('brand')} – ${t('tagline')}`;
  }, [working, done, t]);
}
