import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:8000';
const proxy = { '/v1': { target: gateway } };

/** What the same sources are built on for visitors: a third of React's weight. `--mode react` builds on React. */
const PREACT = {
  'react/jsx-runtime': 'preact/jsx-runtime',
  'react-dom/client': 'preact/compat/client',
  'react-dom/server': 'preact/compat/server',
  'react-dom': 'preact/compat',
  react: 'preact/compat',
};

/** Vite's helper for `import()` never asks again for what was lost; ours does. */
const bring: Plugin = {
  name: 'bring',
  enforce: 'pre',
  resolveId: (id) =>
    id === '\0vite/preload-helper.js' ? fileURLToPath(new URL('src/core/bring.ts', import.meta.url)) : null,
};

export default defineConfig(({ mode, isSsrBuild }) => ({
  plugins: [bring, react()],
  resolve: { alias: mode === 'production' ? PREACT : {} },
  ssr: { noExternal: mode === 'production' ? true : [] },
  build: {
    target: ['chrome109', 'safari15.4', 'firefox115'],
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // A chunk itself is among the files that it needs.
      resolveDependencies: (chunk, files) => [...new Set([chunk, ...files])],
    },
    manifest: true,
    rolldownOptions: {
      output: {
        // What the first page needs is two chunks; a new version seldom changes the platform.
        codeSplitting: isSsrBuild || {
          groups: [
            { name: 'platform', tags: ['$initial'], test: /node_modules/ },
            { name: 'studio', tags: ['$initial'], test: /src/ },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: { proxy },
  preview: { proxy },
  test: { include: ['src/**/*.test.ts'] },
}));
