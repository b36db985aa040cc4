import { useEffect } from 'react';
import type { Job } from '../../core/api.types';
import { isOpen } from '../../core/job';
import { useWords } from '../../ui/words';

/** Tell whoever asked for it, and looks elsewhere, that the job has ended. */
export function useNews(job: Job | null): void {
  const { t } = useWords();
  const ended = job !== null && !isOpen(job) ? job : null;
  const id = ended?.id;
  const title = t(ended?.status === 'done' ? 'notify_done' : 'notify_ended');
  const prompt = ended?.prompt ?? '';
  useEffect(() => {
    if (!id) return;
    void import('../../core/notify').then((notify) => notify.tellNews(id, title, prompt));
  }, [id, title, prompt]);
}
