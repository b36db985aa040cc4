import { errors } from './errors.en';
import { history } from './history.en';
import { network } from './network.en';
import { pages } from './pages.en';
import { result } from './result.en';
import { studio } from './studio.en';

export const words = { ...studio, ...result, ...history, ...network, ...pages };

export type WordKey = keyof typeof words;
export type Words = Record<WordKey, string>;

export interface Catalog {
  lang: 'th' | 'en';
  words: Words;
  errors: Record<string, string>;
}

export const catalog: Catalog = { lang: 'en', words, errors };
