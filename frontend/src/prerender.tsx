import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { Router } from 'wouter';
import { App, makeClient } from './app';
import { loadCatalog, say } from './core/catalog';
import type { Lang } from './core/format';
import { pathOf } from './core/lang';

export interface Page {
  body: string;
  title: string;
  description: string;
  needsScript: string;
}

/** The first view of the studio in one language, as a browser will draw it before any answer has come. */
export async function render(lang: Lang): Promise<Page> {
  const catalog = await loadCatalog(lang);
  const body = renderToString(
    <StrictMode>
      <Router ssrPath={pathOf(lang)} ssrSearch="">
        <App catalog={catalog} client={makeClient()} />
      </Router>
    </StrictMode>,
  );
  return {
    body,
    title: `${say(catalog, 'brand')} – ${say(catalog, 'tagline')}`,
    description: say(catalog, 'description'),
    needsScript: say(catalog, 'needs_script'),
  };
}
