import { useCallback, useEffect, useRef, useState } from 'react';
import type { Config } from '../../core/api.types';
import { forgetPhoto, keepPhoto, keptPhoto } from '../../core/blobs';
import { changed, type Draft, emptyDraft, loadDraft, saveDraft } from '../../core/draft';
import { type Photo, readPhoto } from '../../core/photo';
import { Problem } from '../../core/problem';

/** The draft of the pages as they are prerendered; the stored one is applied after hydration. */
const FIRST: Draft = { mode: 'photo', prompt: '', ratio: null, key: '' };

export interface DraftState {
  draft: Draft;
  photo: Photo | null;
  preparing: boolean;
  restored: boolean;
  change(change: Partial<Omit<Draft, 'key'>>): void;
  /** Take a file as the photo; answers the problem when it cannot be used. */
  choose(file: Blob, name: string): Promise<Problem | null>;
  removePhoto(): void;
  /** Set the whole draft at once, as when a job is made again. */
  replace(draft: Omit<Draft, 'key'>, photo: Photo | null): Draft;
  /** It was sent: the same words again are another job. Answers the key that the draft has from now on. */
  renew(sentKey: string): string;
}

export function useDraft(limits: Config['limits'] | null, onNoSpace: () => void): DraftState {
  const [draft, setDraft] = useState(FIRST);
  const [photo, setPhoto] = useState<Photo | null>(null);
  const [preparing, setPreparing] = useState(false);
  const [restored, setRestored] = useState(false);
  const turn = useRef(0);
  const shown = useRef<Photo | null>(null);

  const put = useCallback((next: Photo | null) => {
    if (shown.current && shown.current.url !== next?.url) URL.revokeObjectURL(shown.current.url);
    shown.current = next;
    setPhoto(next);
  }, []);

  useEffect(() => {
    const mine = ++turn.current;
    setDraft(loadDraft() ?? emptyDraft());
    void keptPhoto('draft')
      .then((kept) => (kept ? readPhoto(kept.blob, kept.name, null) : null))
      .catch(() => null)
      .then((kept) => {
        if (kept && turn.current === mine) put(kept);
        setRestored(true);
      });
  }, [put]);

  useEffect(() => {
    if (draft.key) saveDraft(draft);
  }, [draft]);

  const change = useCallback<DraftState['change']>((part) => setDraft((old) => changed(old, part)), []);

  const choose = useCallback<DraftState['choose']>(
    async (file, name) => {
      const mine = ++turn.current;
      setPreparing(true);
      try {
        const next = await readPhoto(file, name, limits);
        if (turn.current !== mine) return null;
        put(next);
        change({ mode: 'photo' });
        void keepPhoto('draft', next).then((kept) => kept || onNoSpace());
        return null;
      } catch (cause) {
        return cause instanceof Problem ? cause : new Problem('invalid_image');
      } finally {
        if (turn.current === mine) setPreparing(false);
      }
    },
    [limits, put, change, onNoSpace],
  );

  const removePhoto = useCallback(() => {
    turn.current += 1;
    put(null);
    change({});
    void forgetPhoto('draft');
  }, [put, change]);

  const replace = useCallback<DraftState['replace']>(
    (whole, next) => {
      turn.current += 1;
      const made = changed(emptyDraft(), whole);
      setDraft(made);
      if (next) {
        put(next);
        void keepPhoto('draft', next);
      }
      return made;
    },
    [put],
  );

  const renew = useCallback<DraftState['renew']>((sentKey) => {
    const next = emptyDraft().key;
    setDraft((old) => (old.key === sentKey ? { ...old, key: next } : old));
    return next;
  }, []);

  return { draft, photo, preparing, restored, change, choose, removePhoto, replace, renew };
}
