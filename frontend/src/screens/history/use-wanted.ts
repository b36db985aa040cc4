import { useEffect, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { cleaned, type Filter, searchOf, type Wanted, wantedOf } from '../../core/listing';

const PAUSE_MS = 300;

export interface Wish {
  wanted: Wanted;
  /** What stands in the search field, wanted or not yet. */
  text: string;
  write(text: string): void;
  choose(filter: Filter | null): void;
  clear(): void;
}

/** What the list is narrowed to. The address keeps it: a reload, a link and the way back show the same. */
export function useWanted(): Wish {
  const [path, navigate] = useLocation();
  const wanted = wantedOf(useSearch());
  const [text, setText] = useState(wanted.q);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(waiting.current), []);
  // The prerendered page knows no search, and the way back brings another one.
  useEffect(() => setText((old) => (cleaned(old) === wanted.q ? old : wanted.q)), [wanted.q]);

  const want = (next: Wanted) => {
    clearTimeout(waiting.current);
    const search = searchOf(next);
    navigate(search ? `${path}?${search}` : path, { replace: true });
  };
  const write = (next: string) => {
    setText(next);
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => want({ ...wanted, q: cleaned(next) }), PAUSE_MS);
  };
  const choose = (filter: Filter | null) => want({ filter, q: cleaned(text) });
  const clear = () => {
    setText('');
    want({ filter: null, q: '' });
  };
  return { wanted, text, write, choose, clear };
}
