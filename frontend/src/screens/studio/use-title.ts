import { useEffect, useRef } from 'react';
import type { Job } from '../../core/api.types';
import { isOpen } from '../../core/job';
import { tellInTitle } from '../../core/title';
import { useWords } from '../../ui/words';

/** The tab tells how it stands while somebody reads another one; beside the studio, as far as it was open there. */
export function useTitle(job: Job | null, sending: boolean, inStudio: boolean): void {
  const { t } = useWords();
  const openElsewhere = useRef<string | null>(null);
  if (inStudio) openElsewhere.current = null;
  else if (job && isOpen(job)) openElsewhere.current = job.id;

  const working = sending || (job !== null && isOpen(job));
  const ended = job && (inStudio || openElsewhere.current === job.id) ? job.status : null;
  const state = working
    ? t('title_working')
    : ended
      ? t(`status_${ended as 'done' | 'failed' | 'cancelled'}`)
      : '';
  useEffect(() => tellInTitle(state), [state]);
}
