import { useCallback, useEffect, useRef, useState } from 'react';
import type { Job } from '../../core/api.types';
import { isOpen } from '../../core/job';
import type { Refused } from '../../core/outbox';
import { Problem } from '../../core/problem';
import { nameWindow } from '../../core/title';
import { Banners, SimulatorNote } from '../../shell/banners';
import type { House } from '../../shell/use-house';
import { later } from '../../ui/later';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { HistoryWaiting } from '../history/skeleton';
import { useDeletions } from '../history/use-deletions';
import { Chip } from './chip';
import { Form } from './form';
import { Stage } from './stage';
import styles from './studio.module.css';
import { useActions } from './use-actions';
import { useAddress } from './use-address';
import { useAnnouncements } from './use-announcements';
import { desk, useDraft } from './use-draft';
import { useEnded } from './use-ended';
import { useIncoming } from './use-incoming';
import type { Followed } from './use-job';
import { useSending } from './use-outbox';
import { useProblem } from './use-problem';
import { useResume } from './use-resume';
import { useShared } from './use-shared';

const History = later(async () => (await import('../history/history')).History, HistoryWaiting);
const InstallHint = later(async () => (await import('../../shell/install-hint')).InstallHint);

export function Studio({ house, followed }: { house: House; followed: Followed }) {
  const { t, explain } = useWords();
  const { announce, show } = useNotices();
  const { jobId, go } = useAddress();
  const { config } = house;
  const noSpace = useCallback(() => show({ text: explain(new Problem('storage_full')) }), [show, explain]);
  const laid = useDraft(noSpace);
  const { draft, restored } = laid;
  const sending = useSending();
  const [problem, setProblem] = useProblem();
  const [refused, setRefused] = useState<Refused | null>(null);
  const { job } = followed;
  useResume({ restored, job, jobId, limits: config?.limits ?? null });
  const [editing, setEditing] = useState(false);
  const fresh = useFresh(job);
  const ratio = draft.ratio ?? config?.default_ratio ?? '1:1';
  const deletions = useDeletions((id) => id === jobId && go(null, true));

  const actions = useActions({ config, ratio, job, go, setEditing, setProblem, setRefused });
  const over = useIncoming(actions.takeFile);
  useAnnouncements(job, sending);
  useShared(restored, actions.takeFile);
  useEffect(() => nameWindow(`${t('brand')} – ${t('tagline')}`), [t]);
  useEffect(() => {
    setRefused(null);
    if (jobId) setEditing(false);
  }, [jobId]);
  // After the form is folded for the job that is looked at: a refusal opens it.
  useEnded({
    sending,
    jobId,
    restored,
    go,
    cancel: actions.cancel,
    refuse: actions.refuse,
    onRefused: (one) => {
      setRefused(one);
      setEditing(false);
    },
  });
  useShown(fresh && job !== null && !isOpen(job));

  const active = sending !== null || refused !== null || jobId !== null;
  const folded = active && !editing;
  const working = sending !== null || (job !== null && isOpen(job));
  const busy = working && (sending !== null || laid.sentKey === draft.key);

  return (
    <main className={styles.page} data-folded={folded}>
      <Banners
        link={house.link === 'live' ? followed.link : house.link}
        working={working}
        onRetry={() => {
          house.reread();
          followed.reread();
        }}
      />
      <div className={active ? 'sr-only' : styles.intro}>
        <h1>{t('tagline')}</h1>
        <p>{t('lead')}</p>
      </div>
      <section className={styles.panel} id="form" aria-labelledby="form-title">
        <h2 className="sr-only" id="form-title">
          {t('form')}
        </h2>
        {folded && (
          <Chip
            photoUrl={sending ? sending.photoUrl : (job?.image_thumbnail_url ?? job?.image_url ?? null)}
            prompt={sending?.prompt ?? refused?.row.input.prompt ?? job?.prompt ?? ''}
            ratio={sending?.ratio ?? refused?.row.input.ratio ?? job?.ratio ?? ratio}
            onEdit={actions.edit}
          />
        )}
        <div className={styles.form}>
          <Form
            config={config}
            laid={laid}
            ratio={ratio}
            busy={busy}
            starting={actions.starting}
            problem={problem}
            onFile={actions.takeFile}
            onSample={actions.takeSample}
            onChange={() => setProblem(null)}
            onIdea={actions.takeIdea}
            onSend={() => (busy ? announce(t('already_working')) : void actions.send())}
          />
        </div>
      </section>
      <div>
        <Stage
          sending={sending}
          refused={refused}
          preparing={laid.draft.mode === 'photo' ? laid.preparing : null}
          jobId={jobId}
          job={job}
          problem={followed.problem}
          config={config}
          fresh={fresh}
          onSample={actions.takeSample}
          onStopPreparing={desk.removePhoto}
          onAbort={actions.abort}
          onSendAgain={actions.sendAgain}
          onCloseRefused={() => setRefused(null)}
          onCancel={actions.cancel}
          onRetry={actions.retry}
          onAgain={(one) => void actions.again(one)}
          onAgainSame={(one) => void actions.againSame(one)}
          onReuse={actions.reuse}
          onChangePhoto={(one) => void actions.changePhoto(one)}
          onOpen={actions.open}
          onDelete={(one) => {
            deletions.remove(one);
            document.getElementById('stage')?.focus();
          }}
          onLeave={() => go(null)}
          onReread={followed.reread}
        />
        {config?.simulator && !folded && <SimulatorNote />}
        {fresh && job?.status === 'done' && <InstallHint />}
      </div>
      <div className={styles.history}>
        <History open={house.open} current={jobId} deletions={deletions} onOpen={actions.open} />
      </div>
      {over && (
        <div className={styles.drop}>
          <p>{t('drop_here')}</p>
        </div>
      )}
    </main>
  );
}

/** Whether this job was seen running here, so that its end is news. */
function useFresh(job: Job | null): boolean {
  const seen = useRef<string | null>(null);
  if (job && isOpen(job)) seen.current = job.id;
  return job !== null && seen.current === job.id;
}

/** The finished picture must be on the screen: on phones it may have been scrolled away. */
function useShown(ended: boolean): void {
  useEffect(() => {
    if (!ended) return;
    const stage = document.getElementById('stage');
    const box = stage?.getBoundingClientRect();
    if (box && (box.top < 0 || box.top > window.innerHeight * 0.5)) stage?.scrollIntoView({ block: 'start' });
  }, [ended]);
}
