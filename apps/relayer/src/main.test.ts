import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { exampleNetwork } from '@surety/config';
import { type ServedProvider, atChain, serveJsonRpc } from '@surety/rpc/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** The built program, joined into one file: the process that ends must not be the test's own. */
const PROGRAM = fileURLToPath(new URL('../dist/program.mjs', import.meta.url));
/** Below the time limit of one request, five seconds, of which the process has used some. */
const ENDS_WITHIN_MS = 3_000;

let folder = '';
const children = new Set<ChildProcess>();
let served: ServedProvider[] = [];
const opened: number[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'surety-relayer-main-'));
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  for (const each of opened.splice(0)) closeSync(each);
  await Promise.all(served.splice(0).map((one) => one.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a relayer whose providers each accept a request and answer nothing, or nothing but the id of their chain. */
async function start(isNamed: boolean, log: number | 'ignore' = 'ignore'): Promise<ChildProcess> {
  const { chains, ...network } = exampleNetwork();
  served = await Promise.all(
    chains.map(({ chainId }) => serveJsonRpc(isNamed ? atChain(chainId, undefined) : () => undefined)),
  );
  const file = path.join(folder, 'chains.config.json');
  const development = chains.map((chain) => ({ ...chain, development: true }));
  writeFileSync(file, JSON.stringify({ ...network, profile: 'development', chains: development }));
  const urls = chains.flatMap(({ providers }, at) =>
    providers.map(({ urlEnv }, nth) => [urlEnv, `${served[at]?.url}/${nth}`]),
  );
  return spawn(process.execPath, [PROGRAM], {
    stdio: ['ignore', log, 'inherit'],
    env: {
      ...Object.fromEntries(urls),
      SURETY_CONFIG: file,
      SURETY_STATE_DIR: path.join(folder, 'state'),
      SURETY_LEASE_DIR: path.join(folder, 'leases'),
      SURETY_HTTP_PORT: '0',
      SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:1',
      SURETY_RELAYER_KEY: `0x${'11'.repeat(32)}`,
    },
  });
}

it.each([
  ['nothing', false],
  ['nothing but the id of their chain', true],
])(
  'ends with SIGTERM at once while its providers answer %s',
  async (_, isNamed) => {
    const child = await start(isNamed);
    children.add(child);
    const ended = once(child, 'exit');
    // By then a request is under way.
    while (served.every(({ asked }) => asked.length === 0 || (isNamed && new Set(asked).size === 1))) await pause(20);
    child.kill('SIGTERM');
    expect(await Promise.race([ended, pause(ENDS_WITHIN_MS, 'still there')])).toEqual([0, null]);
  },
  30_000,
);

/** Fills a pipe with what its reader has not read yet, as a slow collector of logs leaves it. */
function openFullPipe(): { readonly end: number; readonly drain: () => string } {
  const file = path.join(folder, 'log.pipe');
  execFileSync('mkfifo', [file]);
  // A child makes its own end blocking, so ours is opened apart.
  const [own, end] = [openSync(file, constants.O_RDWR | constants.O_NONBLOCK), openSync(file, 'r+')];
  opened.push(own, end);
  const untilRefused = (step: () => unknown): void => {
    try {
      for (;;) step();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  };
  untilRefused(() => writeSync(own, '.'.repeat(4_096)));
  const chunk = Buffer.alloc(65_536);
  const drain = (): string => {
    let text = '';
    untilRefused(() => (text += chunk.toString('utf8', 0, readSync(own, chunk))));
    return text;
  };
  return { end, drain };
}

it('loses no line of its log to a reader that is late', async () => {
  const { end, drain } = openFullPipe();
  const child = await start(false, end);
  children.add(child);
  const ended = once(child, 'exit');
  while (served.every(({ asked }) => asked.length === 0)) await pause(20);
  child.kill('SIGTERM');
  // By then the relayer has closed everything, and its lines are not read yet.
  await pause(300);
  let text = drain();
  expect(await Promise.race([ended, pause(ENDS_WITHIN_MS, 'still there')])).toEqual([0, null]);
  text += drain();
  expect(text).toContain('"msg":"listening"');
}, 30_000);

it('waits a second alone for a reader of its log that never reads', async () => {
  const { end } = openFullPipe();
  const child = await start(false, end);
  children.add(child);
  const ended = once(child, 'exit');
  while (served.every(({ asked }) => asked.length === 0)) await pause(20);
  child.kill('SIGTERM');
  expect(await Promise.race([ended, pause(ENDS_WITHIN_MS, 'still there')])).toEqual([0, null]);
}, 30_000);
