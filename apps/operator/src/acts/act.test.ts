import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { collateralVaultAbi } from '@surety/contracts';
import type { Hex } from '@surety/domain';
import { decodeFunctionData } from 'viem';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type SuretyRun, runSurety } from '../testing/run-surety.js';
import {
  SERVED_KEY,
  type TimelockedVault,
  servedRecord,
  serveTimelockedVault,
} from '../testing/serve-timelocked-vault.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const folder = mkdtempSync(join(tmpdir(), 'surety-act-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify({ ...exampleNetwork(), profile: 'development' }));

const NOW_S = 1_800_000_000n;
const assetOf = (limit: bigint): unknown =>
  servedRecord('assetOf', { min: 1_000_000n, cap: 15_000_000_000n, limit, decimals: 6 });
const HONEST = { chainId: 1, timeS: NOW_S, views: { assetOf: assetOf(5_000_000_000n) } };

/** Runs a command where the first of four providers says something else. */
async function beside(odd: Partial<TimelockedVault>, ...command: string[]): Promise<SuretyRun> {
  const nodes = [
    { ...HONEST, views: { ...HONEST.views, ...odd.views }, timeS: odd.timeS ?? NOW_S },
    HONEST,
    HONEST,
    HONEST,
  ];
  const urls = await Promise.all(nodes.map((one) => serveTimelockedVault(one, closing)));
  const providers = Object.fromEntries(urls.map((url, at) => [`RPC_URL_ETHEREUM_${at + 1}`, url]));
  return runSurety(command, { environment: { SURETY_CONFIG: file, SURETY_KEY: SERVED_KEY, ...providers } });
}

describe('an act beside a provider that lies', () => {
  it('keeps the values that the others give', async () => {
    const command = ['vault', 'set-limits', '--chain', 'ethereum', '--asset', '1', '--minimum', '2'];
    const run = await beside({ views: { assetOf: assetOf(1n) } }, ...command, '--dry-run', '--json');
    const { data } = JSON.parse(run.output) as { data: Hex };
    expect(decodeFunctionData({ abi: collateralVaultAbi, data }).args?.[3]).toBe(5_000_000_000n);
  });

  it.each([1_790_000_000n, 1_700_000_000n])(
    'counts a time from their clock, and asks with its date: not from %d',
    async (timeS) => {
      const run = await beside({ timeS }, 'vault', 'quarantine', '--chain', 'ethereum', '--until', '+71h');
      const until = NOW_S + 71n * 3_600n;
      expect(run.told).toContain(`Send vault quarantine (until ${until} (2027-01-18T07:00:00.000Z)) at `);
    },
  );

  it('waits no longer than the others say', async () => {
    const command = ['vault', 'set-limits', '--chain', 'ethereum', '--asset', '1', '--minimum', '2', '--schedule'];
    const run = await beside({ views: { leastDelayOf: 2_592_000n } }, ...command, '--dry-run', '--json');
    expect(JSON.parse(run.output)).toMatchObject({ schedule: { delayS: '172800' } });
  });

  it('takes no shorter delay than they give', async () => {
    const command = ['vault', 'set-limits', '--chain', 'ethereum', '--asset', '1', '--minimum', '2', '--schedule'];
    const short = await beside({}, ...command, '--wait-for', '96', '--dry-run');
    expect([short.code, short.told]).toEqual([
      2,
      expect.stringContaining('--wait-for is 96 s; expected at least the 172800 s that '),
    ]);
    const long = await beside({}, ...command, '--wait-for', '96h', '--dry-run', '--json');
    expect(JSON.parse(long.output)).toMatchObject({ schedule: { delayS: '345600' } });
  });
});

describe('an act about a source', () => {
  it.each([
    ['1', 'source 1 is ethereum (1)'],
    ['ethereum', 'source 1 is ethereum (1)'],
    ['10', 'source 10 is of no configured chain'],
  ])('names the chain of --source %s before its question', async (source, named) => {
    const url = await serveTimelockedVault({ chainId: 8453, timeS: NOW_S }, closing);
    const environment = { SURETY_CONFIG: file, SURETY_KEY: SERVED_KEY, RPC_URL_BASE_1: url };
    const command = ['ledger', 'quarantine', '--source', source, '--until', '+71h'];
    const run = await runSurety(command, { environment });
    expect(run.told).toContain(`${named}\nSend ledger quarantine (source `);
    expect((await runSurety([...command, '--dry-run'], { environment })).output).toContain(`\n${named}\n`);
  });
});
