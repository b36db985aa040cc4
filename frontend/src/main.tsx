import './base.css';
import { StrictMode } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { App, makeClient, readyFor } from './app';
import { loadCatalog } from './core/catalog';
import { insist } from './core/insist';
import { catchOffer, keepOnDevice } from './core/install';
import { langOfPath } from './core/lang';
import { applyTextSize, storedTextSize } from './core/text-size';

/** Never awaited at the top of this file: the chunks of the screens import from it and would wait for it. */
async function comeAlive(root: HTMLElement): Promise<void> {
  const ofPage = document.documentElement.lang === 'en' ? 'en' : 'th';
  const lang = langOfPath(location.pathname) ?? ofPage;
  const [catalog] = await Promise.all([insist(() => loadCatalog(lang)), readyFor(location.pathname)]);
  const page = (
    <StrictMode>
      <Router ssrPath={location.pathname} ssrSearch="">
        <App catalog={catalog} client={makeClient()} />
      </Router>
    </StrictMode>
  );
  if (root.firstElementChild) hydrateRoot(root, page);
  else createRoot(root).render(page);
}

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');
catchOffer();
if (import.meta.env.PROD) keepOnDevice();
applyTextSize(storedTextSize());
void comeAlive(root);
