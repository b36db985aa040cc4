import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { Job } from '../core/api.types';
import { isOpen } from '../core/job';
import { jobIn, jobPath } from '../core/job-path';
import { pathOf, type Screen, screenOfPath } from '../core/lang';
import type { IconName } from '../ui/icon';
import { useWords } from '../ui/words';

export interface Way {
  screen: Screen;
  icon: IconName;
  label: string;
  href: string;
  /** It leads to where one is. */
  here: boolean;
}

let lastJob: string | null = null;

/** The screens that one can go to. The studio shows the picture again that is being made there. */
export function useWays(): Way[] {
  const { t, lang } = useWords();
  const client = useQueryClient();
  const [path] = useLocation();
  const search = useSearch();
  const now = screenOfPath(path);
  useEffect(() => {
    if (now === 'studio') lastJob = jobIn(search);
  }, [now, search]);

  const job = lastJob ? client.getQueryData<Job>(['job', lastJob]) : undefined;
  const making = now !== 'studio' && job && isOpen(job) ? job.id : null;
  const way = (screen: Screen, icon: IconName, label: string): Way => ({
    screen,
    icon,
    label,
    href: screen === 'studio' && making ? jobPath(pathOf(lang), making) : pathOf(lang, screen),
    here: screen === now,
  });
  return [
    way('studio', 'spark', t('way_studio')),
    way('history', 'history', t('way_history')),
    way('account', 'person', t('account')),
  ];
}
