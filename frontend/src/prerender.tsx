import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { Router } from 'wouter';
import { App, makeClient, readyFor } from './app';
import { type Catalog, loadCatalog, say } from './core/catalog';
import type { Lang } from './core/format';
import { pathOf, type Screen } from './core/lang';
import { words } from './screens/pages/words';

export interface Page {
  body: string;
  title: string;
  description: string;
  needsScript: string;
}

function titleOf(catalog: Catalog, screen: Screen): string {
  if (screen === 'studio') return `${say(catalog, 'brand')} – ${say(catalog, 'tagline')}`;
  const title = screen === 'missing' ? words[catalog.lang].not_found_title : say(catalog, screen);
  return `${title} – ${say(catalog, 'brand')}`;
}

/** The first view of a screen in one language, as a browser will draw it before any answer has come. */
export async function render(lang: Lang, screen: Screen): Promise<Page> {
  const path = screen === 'missing' ? `${pathOf(lang)}/404` : pathOf(lang, screen);
  const catalog = await loadCatalog(lang);
  await readyFor(path);
  const body = renderToString(
    <StrictMode>
      <Router ssrPath={path} ssrSearch="">
        <App catalog={catalog} client={makeClient()} />
      </Router>
    </StrictMode>,
  );
  return {
    body,
    title: titleOf(catalog, screen),
    description: say(catalog, 'description'),
    needsScript: say(catalog, 'needs_script'),
  };
}
