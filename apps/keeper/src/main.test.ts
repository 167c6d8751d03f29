import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { exampleNetwork } from '@surety/config';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** The built program, joined into one file: the process that ends must not be the test's own. */
const PROGRAM = fileURLToPath(new URL('../dist/program.mjs', import.meta.url));
/** Below the time limit of one request, five seconds, of which the process has used some. */
const ENDS_WITHIN_MS = 3_000;

let folder = '';
const children = new Set<ChildProcess>();
/** A provider that accepts requests and never answers. */
let silent: Server;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'surety-keeper-main-'));
  silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  silent.closeAllConnections();
  silent.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(): ChildProcess {
  const { chains, ...network } = exampleNetwork();
  const address = silent.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const file = path.join(folder, 'chains.config.json');
  const development = chains.map((chain) => ({ ...chain, development: true }));
  writeFileSync(file, JSON.stringify({ ...network, profile: 'development', chains: development }));
  const urls = chains.flatMap(({ providers }) => providers.map(({ urlEnv }, nth) => [urlEnv, `${url}/${nth}`]));
  return spawn(process.execPath, [PROGRAM], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...Object.fromEntries(urls),
      SURETY_CONFIG: file,
      SURETY_STATE_DIR: path.join(folder, 'state'),
      SURETY_LEASE_DIR: path.join(folder, 'leases'),
      SURETY_HTTP_PORT: '0',
      SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:1',
      SURETY_KEEPER_KEY: `0x${'11'.repeat(32)}`,
    },
  });
}

it('ends with SIGTERM at once while its providers answer nothing', async () => {
  const asked = once(silent, 'request');
  const child = start();
  children.add(child);
  const ended = once(child, 'exit');
  await asked;
  child.kill('SIGTERM');
  expect(await Promise.race([ended, pause(ENDS_WITHIN_MS, 'still there')])).toEqual([0, null]);
}, 30_000);
