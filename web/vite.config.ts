import { defineConfig } from 'vite';
import { wordLists } from './word-lists.ts';

/** Where `npm start` serves the API. */
const SERVICE = process.env['TWINLOCK_API'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: import.meta.dirname,
  // Of a URL nothing but the fragment tells the views apart: the page works in any folder.
  base: './',
  resolve: { alias: { '@twinlock/client': new URL('../client/src/main.ts', import.meta.url).pathname } },
  define: { WORD_LISTS: JSON.stringify(wordLists()) },
  build: {
    target: 'es2022',
    emptyOutDir: true,
    // Each thing is a file from the page's own origin: its content policy takes nothing else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { host: '127.0.0.1', proxy: { '/v1': SERVICE } },
});
