import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { followLock, lockTokens } from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const ALPHA = 901;

let folder: string;
let line: Line;

beforeAll(async () => {
  // Outside the repository, so that nothing of its packages is found.
  folder = mkdtempSync(path.join(tmpdir(), 'surety-assembled-'));
  execFileSync(process.execPath, [path.join(REPOSITORY, 'tools/assemble.mjs'), folder], { stdio: 'pipe' });
  line = await startLine({ programs: folder });
});
afterAll(async () => {
  await line?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('assembled programs run without the repository: a lock counts, the page and the routes are served', async () => {
  const { devnet } = line;
  const lock = await lockTokens(devnet.network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: 5_000_000n });
  await followLock(devnet, { chainId: ALPHA, lock, withinMs: 60_000 });
  for (const page of ['/ui/', '/docs', '/docs/swagger-ui-bundle.js']) {
    const { status } = await fetch(`${devnet.aggregatorUrl}${page}`);
    expect([page, status]).toEqual([page, 200]);
  }
  const operator = path.join(folder, 'apps/operator/dist/program.mjs');
  const { code, output } = await runSurety(['status'], devnet.environmentOf('operator'), operator);
  expect([code, output['ready']]).toEqual([0, true]);
});

test('what holds something is not written to', () => {
  const again = (): unknown =>
    execFileSync(process.execPath, [path.join(REPOSITORY, 'tools/assemble.mjs'), folder], { stdio: 'pipe' });
  expect(again).toThrow('expected a new or an empty folder');
});
