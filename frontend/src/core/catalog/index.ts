import type { Param } from '../api.types';
import { fill, type Lang, moment, placeholders } from '../format';
import type { Problem } from '../problem';
import type { Catalog, WordKey } from './en';

export type { Catalog, WordKey } from './en';

/** One chunk per language. */
export async function loadCatalog(lang: Lang): Promise<Catalog> {
  return lang === 'en' ? (await import('./en')).catalog : (await import('./th')).catalog;
}

export function say(catalog: Catalog, key: WordKey, params?: Record<string, Param | undefined>): string {
  return fill(catalog.words[key], params);
}

/** A refusal in words: the catalog's when it has all its numbers, the server's own otherwise. */
export function explain(catalog: Catalog, problem: Problem): string {
  const { until } = problem.params;
  const time = typeof until === 'string' ? { until: moment(until, catalog.lang) } : null;
  const params = { request_id: problem.requestId || '–', ...problem.params, ...time };
  const own = (time && catalog.errors[`${problem.code}_until`]) ?? catalog.errors[problem.code];
  if (own !== undefined && placeholders(own).every((name) => name in params)) return fill(own, params);
  const servers = problem.texts?.[catalog.lang];
  return servers ?? fill(catalog.errors.internal_error ?? '', params);
}
