import type { Job } from './api.types';
import { newId } from './ids';

export type Mode = 'photo' | 'text';

/** What somebody has prepared but not sent. The photo's bytes are kept apart, in `blobs`. */
export interface Draft {
  mode: Mode;
  prompt: string;
  /** Null until somebody chooses: the house's default then. */
  ratio: string | null;
  /** Null for another picture each time. */
  seed: number | null;
  /** The job whose result the photo is. */
  parent: string | null;
  /** One per draft: sending the same draft twice makes one job. */
  key: string;
}

export type Wishes = Omit<Draft, 'key'>;

/** The draft of the pages as they are prerendered; the stored one is applied after hydration. */
export const FIRST: Draft = { mode: 'photo', prompt: '', ratio: null, seed: null, parent: null, key: '' };

export function emptyDraft(): Draft {
  return { ...FIRST, key: newId() };
}

/** The draft with a change; anything changed is another request, so it gets another key. */
export function changed(draft: Draft, change: Partial<Wishes>): Draft {
  return { ...draft, ...change, key: newId() };
}

/** What a job was made of, so that another can be made of the same. */
export function wishesOf(job: Job): Wishes {
  const mode = job.image_url ? 'photo' : 'text';
  return { mode, prompt: job.prompt, ratio: job.ratio, seed: null, parent: job.parent_id };
}

/** What was kept, with what was chosen before it was here; words that were typed stand below those that were kept. */
export function merged(kept: Draft, typed: Draft): Draft {
  const names = Object.keys(FIRST) as (keyof Draft)[];
  const chosen = Object.fromEntries(
    names.filter((name) => typed[name] !== FIRST[name]).map((name) => [name, typed[name]]),
  );
  return changed({ ...kept, ...chosen }, { prompt: below(kept.prompt, typed.prompt) });
}

/** Two texts as one, the second below the first unless it goes on from it. */
export function below(first: string, second: string): string {
  if (second.startsWith(first)) return second;
  return second.trim() ? `${first}\n${second}` : first;
}

/** A draft out of a store, whatever an older version has left there; null when it is none. */
export function draftOf(value: unknown): Draft | null {
  if (typeof value !== 'object' || value === null) return null;
  const { mode, prompt, ratio, seed, parent, key } = value as Partial<Record<keyof Draft, unknown>>;
  return {
    mode: mode === 'text' ? 'text' : 'photo',
    prompt: typeof prompt === 'string' ? prompt : '',
    ratio: typeof ratio === 'string' ? ratio : null,
    seed: typeof seed === 'number' ? seed : null,
    parent: typeof parent === 'string' ? parent : null,
    key: typeof key === 'string' && key ? key : newId(),
  };
}

/** Characters as the gateway counts them: code points. */
export function countCharacters(text: string): number {
  return [...text].length;
}
