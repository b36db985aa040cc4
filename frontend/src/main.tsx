import './base.css';
import { StrictMode } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { App, makeClient } from './app';
import { loadCatalog } from './core/catalog';
import { langOfPath } from './core/lang';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');

const catalog = await loadCatalog(langOfPath(location.pathname));
const page = (
  <StrictMode>
    <Router ssrPath={location.pathname} ssrSearch="">
      <App catalog={catalog} client={makeClient()} />
    </Router>
  </StrictMode>
);
if (root.firstElementChild) hydrateRoot(root, page);
else createRoot(root).render(page);
