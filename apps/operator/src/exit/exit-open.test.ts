import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import type { Hex } from '@surety/domain';
import { systemClock } from '@surety/process';
import { afterAll, afterEach, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { servePayments } from '../testing/serve-payments.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-exit-open-'));
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const network = exampleNetwork();
const vault = network.chains.find(({ name }) => name === 'ethereum')?.vault?.address as Hex;
Object.assign(network, { profile: 'development' });
for (const chain of network.chains) Object.assign(chain, { blockTimeMs: 20 });
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify(network));

it('tells which steps of an exit landed where the next one fails', async () => {
  const shown = { vault, payments: [] };
  const environment = {
    SURETY_CONFIG: file,
    SURETY_PROFILE: 'development',
    SURETY_KEY: `0x${'01'.repeat(32)}`,
    RPC_URL_ETHEREUM_1: await servePayments({ ...shown, chainId: 1, isSilentOnceSent: true }, closing),
    RPC_URL_BASE_1: await servePayments({ ...shown, chainId: 8453 }, closing),
  };
  const argv = ['exit', 'open', '--chain', 'ethereum', '--json'];
  const { code, told, output } = await runSurety([...argv, '--yes'], { clock: systemClock, environment });
  expect(JSON.parse(output)).toMatchObject({
    acts: [{ act: 'announce', txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) }],
    next: null,
  });
  expect([code, told]).toEqual([1, expect.stringContaining('exitStatus')]);
  const none = await runSurety(argv, { clock: systemClock, environment });
  expect([none.code, none.output]).toEqual([1, '']);
});
