// Runs an attester as a process of its own from the sources, so that it can be killed: node run-attester.mjs '<order as JSON>'.
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const conditions = ['source', 'module', 'node', 'development|production'];
const server = await createViteServer({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  cacheDir: process.env.TMPDIR ?? '/tmp',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  resolve: { conditions },
  ssr: { resolve: { conditions } },
});
try {
  const { runAttester } = await server.ssrLoadModule('/src/testing/attester-process.ts');
  await runAttester(JSON.parse(process.argv[2] ?? '{}'));
} finally {
  await server.close();
}
