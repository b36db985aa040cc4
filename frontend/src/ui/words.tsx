import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { Param } from '../core/api.types';
import { type Catalog, explain, say, type WordKey } from '../core/catalog';
import type { Lang } from '../core/format';
import type { Problem } from '../core/problem';

export interface Speaker {
  lang: Lang;
  t(key: WordKey, params?: Record<string, Param | undefined>): string;
  explain(problem: Problem): string;
}

const Context = createContext<Speaker | null>(null);

export function WordsProvider({ catalog, children }: { catalog: Catalog; children: ReactNode }) {
  const speaker = useMemo<Speaker>(
    () => ({
      lang: catalog.lang,
      t: (key, params) => say(catalog, key, params),
      explain: (problem) => explain(catalog, problem),
    }),
    [catalog],
  );
  return <Context value={speaker}>{children}</Context>;
}

export function useWords(): Speaker {
  const speaker = useContext(Context);
  if (!speaker) throw new Error('WordsProvider is missing');
  return speaker;
}
