import { useCallback, useEffect, useRef, useState } from 'react';
import type { Job } from '../../core/api.types';
import { isOpen } from '../../core/job';
import { Problem } from '../../core/problem';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { History } from '../history/history';
import { useDeletions } from '../history/use-deletions';
import { Banners } from './banners';
import { Chip } from './chip';
import { Form } from './form';
import { Stage } from './stage';
import styles from './studio.module.css';
import { useActions } from './use-actions';
import { useAddress } from './use-address';
import { useDraft } from './use-draft';
import type { House } from './use-house';
import { useIncoming } from './use-incoming';
import { useJob } from './use-job';
import { useSubmit } from './use-submit';
import { useTitle } from './use-title';

export function Studio({ house }: { house: House }) {
  const { t, explain } = useWords();
  const { announce, show } = useNotices();
  const { jobId, go } = useAddress();
  const { config } = house;
  const noSpace = useCallback(() => show({ text: explain(new Problem('storage_full')) }), [show, explain]);
  const state = useDraft(config?.limits ?? null, noSpace);
  const submit = useSubmit();
  const followed = useJob(house.open ? jobId : null);
  const { job } = followed;
  const [editing, setEditing] = useState(false);
  const fresh = useFresh(job);
  const ratio = state.draft.ratio ?? config?.default_ratio ?? '1:1';
  const deletions = useDeletions((id) => id === jobId && go(null, true));

  const actions = useActions({ config, state, submit, ratio, job, go, setEditing });
  const over = useIncoming(actions.takeFile);
  useTitle(job, submit.sending !== null);
  useEffect(() => {
    if (jobId) setEditing(false);
  }, [jobId]);
  useShown(job);

  const active = submit.sending !== null || jobId !== null;
  const folded = active && !editing;
  const busy =
    submit.sending !== null || (job !== null && isOpen(job) && actions.sentKey === state.draft.key);

  return (
    <main className={styles.page} data-folded={folded}>
      <Banners simulator={config?.simulator ?? false} link={followed.link} onRetry={followed.reread} />
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
            photoUrl={submit.sending ? submit.sending.photoUrl : (job?.image_url ?? null)}
            prompt={submit.sending?.prompt ?? job?.prompt ?? ''}
            ratio={submit.sending?.ratio ?? job?.ratio ?? ratio}
            onEdit={actions.edit}
          />
        )}
        <div className={styles.form}>
          <Form
            config={config}
            state={state}
            ratio={ratio}
            busy={busy}
            problem={submit.problem}
            onFile={actions.takeFile}
            onSample={actions.takeSample}
            onChange={() => submit.problem && submit.setProblem(null)}
            onSend={() => (busy ? announce(t('already_working')) : void actions.send())}
          />
        </div>
      </section>
      <div className={styles.stage}>
        <Stage
          sending={submit.sending}
          jobId={jobId}
          job={job}
          problem={followed.problem}
          simulator={config?.simulator ?? false}
          fresh={fresh}
          onSample={actions.takeSample}
          onAbort={actions.abort}
          onCancel={actions.cancel}
          onRetry={(one) => void actions.retry(one)}
          onAgain={actions.edit}
          onReuse={actions.reuse}
          onChangePhoto={actions.changePhoto}
          onDelete={deletions.remove}
          onLeave={() => go(null)}
          onReread={followed.reread}
        />
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
function useShown(job: Job | null): void {
  const fresh = useFresh(job);
  const ended = job !== null && !isOpen(job) && fresh;
  useEffect(() => {
    if (!ended) return;
    const stage = document.getElementById('stage');
    const box = stage?.getBoundingClientRect();
    if (box && (box.top < 0 || box.top > window.innerHeight * 0.5)) stage?.scrollIntoView({ block: 'start' });
  }, [ended]);
}
