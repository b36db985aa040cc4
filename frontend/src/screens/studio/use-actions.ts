import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { api, fetchPhoto } from '../../core/api';
import type { Config, Job } from '../../core/api.types';
import { keptPhoto } from '../../core/blobs';
import { countCharacters, type Draft, type Mode } from '../../core/draft';
import { newer } from '../../core/job';
import { type Photo, readPhoto } from '../../core/photo';
import { fieldOf, Problem } from '../../core/problem';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { noteJob } from '../history/cache';
import { SAMPLE } from './stage-empty';
import type { DraftState } from './use-draft';
import type { Submit } from './use-submit';

export interface Needs {
  config: Config | null;
  state: DraftState;
  submit: Submit;
  ratio: string;
  job: Job | null;
  go(jobId: string | null): void;
  setEditing(editing: boolean): void;
}

const FIELDS = { photo: 'photo-input', prompt: 'prompt-input', form: 'generate' } as const;

/** For so many frames in a row a field must have kept the focus, or it may be drawn anew. */
const HELD_FRAMES = 2;
/** A slow phone draws late; one that never does is left alone. */
const MOST_FRAMES = 120;

/** Put the focus on a field once the page has been drawn with it. */
function focusOn(id: string): void {
  let held = 0;
  let frames = 0;
  const look = () => {
    const field = document.getElementById(id);
    if (field && document.activeElement === field) held += 1;
    else {
      held = 0;
      field?.focus();
    }
    frames += 1;
    if (held < HELD_FRAMES && frames < MOST_FRAMES) requestAnimationFrame(look);
  };
  requestAnimationFrame(() => requestAnimationFrame(look));
}

function gapIn(draft: Draft, photo: Photo | null, max: number): Problem | null {
  if (draft.mode === 'photo' && !photo) return new Problem('image_missing');
  if (!draft.prompt.trim()) return new Problem('prompt_empty');
  const over = countCharacters(draft.prompt.trim()) - max;
  return over > 0 ? new Problem('prompt_too_long', { params: { over, limit: max } }) : null;
}

/** What the buttons of the studio do. */
export function useActions({ config, state, submit, ratio, job, go, setEditing }: Needs) {
  const { t, explain } = useWords();
  const { announce, show } = useNotices();
  const client = useQueryClient();
  const [sentKey, setSentKey] = useState('');
  const { draft, photo } = state;

  const refuse = useCallback(
    (problem: Problem) => {
      submit.setProblem(problem);
      setEditing(true);
      announce(explain(problem));
      focusOn(FIELDS[fieldOf(problem)]);
    },
    [submit.setProblem, setEditing, announce, explain],
  );

  const takeFile = useCallback(
    async (file: Blob, name = file instanceof File ? file.name : 'photo') => {
      submit.setProblem(null);
      const problem = await state.choose(file, name);
      if (problem) refuse(problem);
      else setEditing(true);
      return problem === null;
    },
    [state.choose, submit.setProblem, refuse, setEditing],
  );

  const takeSample = useCallback(async () => {
    try {
      const taken = await takeFile(await fetchPhoto(SAMPLE.before), 'sample.jpg');
      if (taken && !draft.prompt.trim()) state.change({ prompt: t('idea_1_prompt') });
      if (taken) focusOn('prompt-input');
    } catch (cause) {
      refuse(Problem.from(cause));
    }
  }, [takeFile, draft.prompt, state.change, t, refuse]);

  const deliver = async (what: Draft, used: Photo | null, shape: string) => {
    setEditing(false);
    window.scrollTo({ top: 0 });
    announce(t('sending_request'));
    const made = await submit.send(what, used, shape);
    if (!made) return setEditing(true);
    setSentKey(state.renew(what.key));
    go(made.id);
  };

  const send = async () => {
    const gap = gapIn(draft, photo, config?.limits.prompt_code_points ?? 1000);
    if (gap) return refuse(gap);
    return deliver(draft, photo, ratio);
  };

  const photoOf = async (one: Job): Promise<Photo | null> => {
    if (!one.image_url) return null;
    const kept = await keptPhoto(`job:${one.id}`);
    const blob = kept?.blob ?? (await fetchPhoto(one.image_url));
    return readPhoto(blob, kept?.name ?? 'photo', config?.limits ?? null);
  };

  const retry = async (one: Job) => {
    const mode: Mode = one.image_url ? 'photo' : 'text';
    const inputs = { mode, prompt: one.prompt, ratio: one.ratio };
    try {
      const used = await photoOf(one);
      await deliver(state.replace(inputs, used), used, one.ratio);
    } catch (cause) {
      state.replace(inputs, null);
      refuse(Problem.from(cause));
    }
  };

  const reuse = async (one: Job) => {
    if (!one.result_url) return;
    announce(t('photo_fetching'));
    try {
      if (!(await takeFile(await fetchPhoto(one.result_url), 'picture'))) return;
      state.change({ mode: 'photo', prompt: '', ratio: one.ratio });
      show({ text: t('photo_ready') });
      window.scrollTo({ top: 0 });
      focusOn('prompt-input');
    } catch (cause) {
      show({ text: explain(Problem.from(cause)) });
    }
  };

  const cancel = async (one: Job) => {
    try {
      const told = newer(client.getQueryData<Job>(['job', one.id]), await api.cancel(one.id));
      client.setQueryData(['job', one.id], told);
      noteJob(client, told);
    } catch (cause) {
      show({ text: explain(Problem.from(cause)) });
    }
    void client.invalidateQueries({ queryKey: ['account'] });
  };

  const edit = () => {
    // On another device the draft is empty: what the job was made of is the better start.
    if (job && !draft.prompt && !photo)
      state.replace({ mode: job.image_url ? 'photo' : 'text', prompt: job.prompt, ratio: job.ratio }, null);
    setEditing(true);
    window.scrollTo({ top: 0 });
    focusOn('prompt-input');
  };

  const changePhoto = () => {
    setEditing(true);
    window.scrollTo({ top: 0 });
    focusOn('photo-input');
  };

  const abort = () => {
    submit.abort();
    show({ text: t('upload_cancelled') });
  };

  const open = (id: string) => {
    setEditing(false);
    go(id);
    window.scrollTo({ top: 0 });
  };

  return { sentKey, takeFile, takeSample, send, retry, reuse, cancel, edit, changePhoto, abort, open };
}
