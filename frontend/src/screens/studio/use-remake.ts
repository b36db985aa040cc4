import type { Job } from '../../core/api.types';
import { type Wishes, wishesOf } from '../../core/draft';
import { photoOf } from '../../core/job-photo';
import type { SendRow } from '../../core/pending';
import type { Limits, Photo } from '../../core/photo';
import { Problem } from '../../core/problem';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { focusOn } from './focus';
import type { Needs } from './use-actions';
import { desk } from './use-draft';
import { requestOf, retries } from './use-outbox';

/** Long enough to read what happened and to think again. */
export const UNDO_MS = 10_000;

/** Whether the form has all that a job was made of; which photo it has is not looked at. */
function stands(wishes: Wishes): boolean {
  const { draft, photo } = desk.now();
  const names = ['mode', 'prompt', 'ratio', 'seed', 'parent'] as const;
  const same = names.every((name) => draft[name] === wishes[name]);
  return same && (wishes.mode === 'text' || photo !== null || wishes.parent !== null);
}

export interface RemakeNeeds extends Pick<Needs, 'setEditing' | 'setProblem'> {
  limits: Limits | null;
  refuse(problem: Problem): void;
  deliver(row: SendRow): void;
}

/** Make something of a job that has ended. What stands in the form can always be brought back. */
export function useRemake({ limits, setEditing, setProblem, refuse, deliver }: RemakeNeeds) {
  const { t, explain } = useWords();
  const { announce, show } = useNotices();

  const openForm = (field: string) => {
    setEditing(true);
    window.scrollTo({ top: 0 });
    focusOn(field);
  };

  /** Replace the form's contents; whatever a person had put there can be had back for a while. */
  const fill = async (wishes: Wishes, photo: (() => Promise<Photo>) | null, text: string) => {
    setProblem(null);
    const back = desk.mark();
    const filled = desk.replace(wishes, photo);
    const undo = () => {
      back?.();
      show({ text: t('settings_back'), topic: 'form' });
    };
    const action = back ? { label: t('undo'), run: undo } : undefined;
    show({ text, ms: UNDO_MS, topic: 'form', action });
    const problem = await filled;
    if (problem) refuse(problem);
  };

  const take = async (job: Job, seed: number | null, field = 'prompt-input') => {
    const wishes = { ...wishesOf(job), seed };
    openForm(field);
    if (!stands(wishes)) await fill(wishes, photoOf(job, limits), t('settings_taken'));
  };

  return {
    /** The same request once more, as it was; the form keeps what it has. */
    async retry(job: Job) {
      const key = retries.keyOf(job.id);
      const bring = photoOf(job, limits);
      if (bring) announce(t('preparing'));
      try {
        const photo = (await bring?.()) ?? null;
        deliver(requestOf({ ...wishesOf(job), key }, photo, job.ratio));
        if (photo) URL.revokeObjectURL(photo.url);
      } catch (cause) {
        show({ text: explain(Problem.from(cause)) });
      }
    },

    /** Another picture of the same things. */
    again: (job: Job) => take(job, null),

    /** The same dice as well: only what is changed will differ. */
    againSame: (job: Job) => take(job, job.seed),

    changePhoto: (job: Job) => take(job, null, 'photo-input'),

    /** The picture becomes the photo of the next one, inside the house: nothing is loaded or sent for it. */
    reuse(job: Job) {
      const wishes = { mode: 'photo', prompt: '', ratio: job.ratio, seed: null, parent: job.id } as const;
      void fill(wishes, null, t('photo_ready'));
      openForm('prompt-input');
    },
  };
}
