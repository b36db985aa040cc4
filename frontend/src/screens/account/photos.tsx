import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../core/api';
import { deleteAll } from '../../core/delete-all';
import { forgetting } from '../../core/forgetting';
import type { Problem } from '../../core/problem';
import type { House } from '../../shell/use-house';
import { useAreaWords } from '../../ui/area-words';
import { Button } from '../../ui/button';
import { Confirm } from '../../ui/confirm';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { JOBS, noteGone } from '../history/cache';
import { desk } from '../studio/use-draft';
import styles from './screen.module.css';
import { words } from './words';

/** How long photos are kept, and the way to be rid of them now. */
export function Photos({ house }: { house: House }) {
  const { explain } = useWords();
  const say = useAreaWords(words);
  const { show } = useNotices();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [deleted, setDeleted] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const busy = deleted !== null;
  const days = house.config?.retention_days ?? null;

  const go = async () => {
    setProblem(null);
    setDeleted(0);
    const all = await deleteAll(api, setDeleted);
    if (all.problem) void forgetting.forgetJobs(all.deleted);
    else {
      desk.removePhoto();
      void forgetting.forgetAll();
    }
    noteGone(client, all.deleted);
    void client.invalidateQueries({ queryKey: JOBS });
    void client.invalidateQueries({ queryKey: ['account'] });
    setDeleted(null);
    setProblem(all.problem);
    const n = all.deleted.length;
    if (all.problem) show({ text: say('deleted_some', { n }) });
    else show({ text: n ? say('deleted_all', { n }) : say('deleted_nothing') });
  };
  const answer = (confirmed: boolean) => {
    setAsking(false);
    if (confirmed) void go();
  };

  return (
    <section className={styles.card} aria-labelledby="photos-title">
      <h2 id="photos-title">{say('photos_title')}</h2>
      {house.config && <p>{days ? say('photos_kept_days', { d: days }) : say('photos_kept')}</p>}
      <p>{say('photos_draft')}</p>
      <Button
        look="quiet"
        icon="trash"
        aria-disabled={busy || !house.open}
        onClick={() => !busy && house.open && setAsking(true)}
      >
        {busy ? say('deleting', { n: deleted }) : say('delete_all')}
      </Button>
      {problem && <p role="alert">{explain(problem)}</p>}
      {asking && (
        <Confirm
          title={say('delete_title')}
          text={say('delete_text')}
          keep={say('delete_keep')}
          go={say('delete_go')}
          onClose={answer}
        />
      )}
    </section>
  );
}
