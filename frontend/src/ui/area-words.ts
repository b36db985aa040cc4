import { useCallback } from 'react';
import type { Param } from '../core/api.types';
import { fill, type Lang } from '../core/format';
import { useWords } from './words';

export type AreaWords<K extends string> = Record<Lang, Record<K, string>>;
export type Say<K extends string> = (key: K, params?: Record<string, Param | undefined>) => string;

/** The words of one screen, which come with its chunk and not with the first page. */
export function useAreaWords<K extends string>(area: AreaWords<K>): Say<K> {
  const { lang } = useWords();
  return useCallback<Say<K>>((key, params) => fill(area[lang][key], params), [area, lang]);
}
