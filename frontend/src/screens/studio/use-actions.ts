import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import { api, fetchPhoto } from '../../core/api';
import type { Config, Job } from '../../core/api.types';
import { countCharacters, type Draft } from '../../core/draft';
import { againOf, type Refused } from '../../core/outbox';
import type { SendRow } from '../../core/pending';
import { fieldOf, Problem } from '../../core/problem';
import { wantSession } from '../../core/session';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { focusOn } from './focus';
import { SAMPLE } from './stage-empty';
import { desk } from './use-draft';
import { learn } from './use-job';
import { requestOf, useOutbox } from './use-outbox';
import type { SetProblem } from './use-problem';
import { UNDO_MS, useRemake } from './use-remake';

export interface Needs {
  config: Config | null;
  ratio: string;
  job: Job | null;
  go(jobId: string | null): void;
  setEditing(editing: boolean): void;
  setProblem: SetProblem;
  setRefused(refused: Refused | null): void;
}

const FIELDS = { photo: 'photo-input', prompt: 'prompt-input', form: 'generate' } as const;

function gapIn(draft: Draft, hasPhoto: boolean, max: number): Problem | null {
  if (draft.mode === 'photo' && !hasPhoto && !draft.parent) return new Problem('image_missing');
  if (!draft.prompt.trim()) return new Problem('prompt_empty');
  const over = countCharacters(draft.prompt.trim()) - max;
  return over > 0 ? new Problem('prompt_too_long', { params: { over, limit: max } }) : null;
}

/** Who has chosen a photo goes on with the words, or stays at it; who is elsewhere by then stays there. */
function goOnFromPhoto(): void {
  const on = document.activeElement;
  const isThere = !on || on === document.body || document.getElementById('photo-field')?.contains(on);
  if (isThere) focusOn(desk.now().draft.prompt.trim() ? FIELDS.photo : FIELDS.prompt);
}

/** What the buttons of the studio do. */
export function useActions({ config, ratio, job, go, setEditing, setProblem, setRefused }: Needs) {
  const { t, explain } = useWords();
  const { announce, show } = useNotices();
  const client = useQueryClient();
  const outbox = useOutbox();
  const limits = config?.limits ?? null;

  const refuse = useCallback(
    (problem: Problem) => {
      const field = fieldOf(problem, desk.now().draft.mode);
      setProblem(problem);
      setEditing(true);
      // What stands below the whole form is an alert, and says itself.
      if (field !== 'form') announce(explain(problem));
      focusOn(FIELDS[field]);
    },
    [setProblem, setEditing, announce, explain],
  );

  const takeFile = useCallback(
    async (file: Blob, name = file instanceof File ? file.name : 'photo') => {
      setProblem(null);
      setEditing(true);
      const problem = await desk.choose(file, name, limits);
      if (problem) refuse(problem);
      else goOnFromPhoto();
      return problem === null;
    },
    [limits, setProblem, refuse, setEditing],
  );

  const takeSample = useCallback(async () => {
    const idea = t('idea_1_prompt');
    try {
      const sample = await fetchPhoto(SAMPLE.before);
      const { photo, draft } = desk.now();
      const back = photo || draft.parent ? desk.mark() : null;
      if (!(await takeFile(sample, 'sample.webp'))) return;
      desk.suggest(idea);
      focusOn(FIELDS.prompt);
      const undo = () => {
        const { prompt, ratio, seed } = desk.now().draft;
        back?.(prompt === idea ? { ratio, seed } : { ratio, seed, prompt });
        focusOn(FIELDS.prompt);
      };
      if (back) show({ text: t('sample_taken'), action: { label: t('undo'), run: undo } });
    } catch (cause) {
      refuse(Problem.from(cause));
    }
  }, [takeFile, show, t, refuse]);

  const takeIdea = (idea: string) => {
    setProblem(null);
    const back = desk.reword(idea);
    const undo = () => {
      back();
      focusOn(FIELDS.prompt);
    };
    show({ text: t('idea_taken'), ms: UNDO_MS, topic: 'form', action: { label: t('undo'), run: undo } });
  };

  const deliver = (row: SendRow) => {
    setEditing(false);
    setProblem(null);
    setRefused(null);
    window.scrollTo({ top: 0 });
    wantSession();
    outbox.send(row);
  };

  const max = config?.limits.prompt_code_points ?? 1000;
  const [starting, setStarting] = useState(false);
  const press = useRef(0);

  /** Send what lies on the desk, once a photo that is still made ready and wanted lies there, too. */
  const send = async (): Promise<void> => {
    const { draft, photo } = desk.now();
    const waits = desk.isComing && draft.mode === 'photo';
    const gap = gapIn(draft, waits || photo !== null, max);
    if (gap) return refuse(gap);
    const mine = ++press.current;
    setStarting(waits);
    if (!waits) return deliver(requestOf(draft, photo, draft.ratio ?? ratio));
    announce(t('starts_when_ready'));
    const isHere = await desk.photoHere();
    if (press.current !== mine) return;
    setStarting(false);
    if (isHere && desk.now().draft.mode === 'photo') await send();
  };

  const remake = useRemake({ limits, setEditing, setProblem, refuse, deliver });

  const sendAgain = (refused: Refused) => deliver(againOf(refused));

  const cancel = async (one: Job) => {
    try {
      learn(client, await api.cancel(one.id));
    } catch (cause) {
      show({ text: explain(Problem.from(cause)) });
    }
    void client.invalidateQueries({ queryKey: ['account'] });
  };

  const edit = () => {
    const { draft, photo } = desk.now();
    // On another device the draft is empty: what the job was made of is the better start.
    if (job && !draft.prompt && !photo) return void remake.again(job);
    setEditing(true);
    window.scrollTo({ top: 0 });
    focusOn(FIELDS.prompt);
  };

  const abort = () => {
    if (!outbox.stop()) return announce(t('cancelling'));
    setEditing(true);
    show({ text: t('upload_cancelled') });
    focusOn(FIELDS.form);
  };

  const open = (id: string) => {
    setEditing(false);
    go(id);
    window.scrollTo({ top: 0 });
  };

  return {
    ...remake,
    refuse,
    takeFile,
    takeSample,
    takeIdea,
    send,
    sendAgain,
    starting,
    cancel,
    edit,
    abort,
    open,
  };
}
