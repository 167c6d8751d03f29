import { defineConfig } from 'vite';

export default defineConfig({
  // Relative, so that the page works under any path and from any host.
  base: './',
  // Sources of the packages, so that this build waits for no other.
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: { outDir: 'dist/ui', emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false } },
});
