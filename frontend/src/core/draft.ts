import { newId } from './ids';

export type Mode = 'photo' | 'text';

/** What somebody has prepared but not sent. The photo's bytes are kept apart, in `blobs`. */
export interface Draft {
  mode: Mode;
  prompt: string;
  /** Null until somebody chooses: the house's default then. */
  ratio: string | null;
  /** One per draft: sending the same draft twice makes one job. */
  key: string;
}

const STORAGE_KEY = 'ob.draft';

export function emptyDraft(): Draft {
  return { mode: 'photo', prompt: '', ratio: null, key: newId() };
}

/** The draft with a change; anything changed is another request, so it gets another key. */
export function changed(draft: Draft, change: Partial<Omit<Draft, 'key'>>): Draft {
  return { ...draft, ...change, key: newId() };
}

export function parseDraft(text: string | null): Draft | null {
  if (!text) return null;
  try {
    const value = JSON.parse(text) as Partial<Draft>;
    return {
      mode: value.mode === 'text' ? 'text' : 'photo',
      prompt: typeof value.prompt === 'string' ? value.prompt : '',
      ratio: typeof value.ratio === 'string' ? value.ratio : null,
      key: typeof value.key === 'string' && value.key ? value.key : newId(),
    };
  } catch {
    return null;
  }
}

export function loadDraft(): Draft | null {
  try {
    return parseDraft(localStorage.getItem(STORAGE_KEY));
  } catch {
    return null;
  }
}

export function saveDraft(draft: Draft): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(draft));
  } catch {
    // a private window: the draft lives as long as the page
  }
}

/** Characters as the gateway counts them: code points. */
export function countCharacters(text: string): number {
  return [...text].length;
}
