import { useEffect, useRef, useSyncExternalStore } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { Job } from '../../core/api.types';
import type { Laid } from '../../core/desk';
import { isOpen } from '../../core/job';
import { jobIn } from '../../core/job-path';
import { pathOf, screenOfPath } from '../../core/lang';
import { isGoing } from '../../core/outbox';
import type { House } from '../../shell/use-house';
import { useNotices } from '../../ui/notices';
import { useHold } from '../../ui/use-hold';
import { useWords } from '../../ui/words';
import { desk, tabDrafts } from './use-draft';
import { useIncomingElsewhere } from './use-incoming';
import { type Followed, useJob } from './use-job';
import { useNews } from './use-news';
import { useOutbox } from './use-outbox';
import { useTitle } from './use-title';

const no = () => false;
const REFUSAL_MS = 10_000;

/** What somebody has under way goes on, is guarded and tells its end, whichever screen is looked at. */
export function useWork(house: House): Followed {
  const outbox = useOutbox();
  const [path] = useLocation();
  const inStudio = screenOfPath(path) === 'studio';
  const jobId = useJobInHand(inStudio);
  const followed = useJob(house.open ? jobId : null, inStudio);
  const { job } = followed;
  const going = useSyncExternalStore(outbox.subscribe, () => isGoing(outbox.now()), no);
  const unsent = useSyncExternalStore(desk.subscribe, () => isUnsent(desk.now(), jobId, job), no);

  useEffect(() => void outbox.resume(tabDrafts().tab), [outbox]);
  useHold('job', going || (job !== null && isOpen(job)));
  useHold('draft', unsent);
  useAsked(going);
  useToldElsewhere(inStudio);
  useIncomingElsewhere(inStudio);
  useNews(job);
  useTitle(job, going, inStudio);
  return followed;
}

/** The job that the studio shows; elsewhere the one that was sent meanwhile, or that it has shown last. */
function useJobInHand(inStudio: boolean): string | null {
  const outbox = useOutbox();
  const inAddress = jobIn(useSearch());
  const last = useRef<string | null>(null);
  if (inStudio) last.current = inAddress;
  const sentNow = () => outbox.now()?.ended?.job?.id ?? null;
  const sent = useSyncExternalStore(outbox.subscribe, sentNow, () => null);
  return inStudio ? inAddress : (sent ?? last.current);
}

/** Words or a photo that no job has. */
function isUnsent({ draft, photo, sentKey }: Laid, jobId: string | null, job: Job | null): boolean {
  const words = draft.prompt.trim();
  if (draft.key === sentKey) return false;
  return jobId === null ? words !== '' || photo !== null : words !== (job?.prompt ?? words);
}

/** Whoever leaves while something is being sent is asked by the browser. */
function useAsked(going: boolean): void {
  useEffect(() => {
    if (!going) return;
    const ask = (event: BeforeUnloadEvent) => {
      event.preventDefault();
      event.returnValue = true; // Chromium before 119 heeds nothing else
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [going]);
}

/** The studio tells a refusal at its form; who is elsewhere is told so, and how to get there. */
function useToldElsewhere(inStudio: boolean): void {
  const outbox = useOutbox();
  const { t, lang, explain } = useWords();
  const { show } = useNotices();
  const [, navigate] = useLocation();
  const problemNow = () => outbox.now()?.ended?.problem ?? null;
  const problem = useSyncExternalStore(outbox.subscribe, problemNow, () => null);
  useEffect(() => {
    if (inStudio || !problem) return;
    const action = { label: t('act_studio'), run: () => navigate(pathOf(lang)) };
    show({ text: explain(problem), topic: 'sending', ms: REFUSAL_MS, action });
  }, [inStudio, problem, show, explain, t, lang, navigate]);
}
