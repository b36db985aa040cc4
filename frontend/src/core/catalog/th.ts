import type { Catalog, Words } from './en';
import { errors } from './errors.th';
import { history } from './history.th';
import { network } from './network.th';
import { pages } from './pages.th';
import { result } from './result.th';
import { studio } from './studio.th';

const words: Words = { ...studio, ...result, ...history, ...network, ...pages };

export const catalog: Catalog = { lang: 'th', words, errors };
