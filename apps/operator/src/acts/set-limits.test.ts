import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { collateralVaultAbi } from '@surety/contracts';
import type { Hex } from '@surety/domain';
import { decodeFunctionData, encodeFunctionData } from 'viem';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type SuretyRun, runSurety } from '../testing/run-surety.js';
import {
  SERVED_KEY,
  type ServedOperation,
  servedId,
  servedRecord,
  serveTimelockedVault,
} from '../testing/serve-timelocked-vault.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const folder = mkdtempSync(join(tmpdir(), 'surety-set-limits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify({ ...exampleNetwork(), profile: 'development' }));

const limitsTo = (asset: number, limit: bigint): Hex =>
  encodeFunctionData({
    abi: collateralVaultAbi,
    functionName: 'setLimits',
    args: [asset, 1_000_000n, 15_000_000_000n, limit],
  });
/** Lowers the limit of the first asset from 5,000,000 to 500 tokens a day. */
const lower: ServedOperation = { data: limitsTo(1, 500_000n) };

/** Runs `vault set-limits` for the smallest lock of the first asset where these operations wait. */
async function setMinimum(operations: readonly ServedOperation[], ...more: string[]): Promise<SuretyRun> {
  const asset = servedRecord('assetOf', { min: 1_000_000n, cap: 15_000_000_000n, limit: 5_000_000_000n, decimals: 6 });
  const url = await serveTimelockedVault(
    { chainId: 1, timeS: 1_800_000_000n, operations, views: { assetOf: asset } },
    closing,
  );
  const environment = {
    SURETY_CONFIG: file,
    SURETY_KEY: SERVED_KEY,
    ...Object.fromEntries([1, 2, 3, 4].map((at) => [`RPC_URL_ETHEREUM_${at}`, url])),
  };
  const named = ['vault', 'set-limits', '--chain', 'ethereum', '--asset', '1', '--minimum', '2'];
  return runSurety([...named, '--schedule', ...more], { environment });
}

describe('limits that are set while others wait', () => {
  it('keeps what the operation before it sets, and shows each value before and after', async () => {
    const after = ['--dry-run', '--after', servedId(lower)];
    const shown = await setMinimum([lower], ...after);
    expect(shown.output).toContain(`once ${servedId(lower)} is done:\nminimum: 1 → 2\n`);
    expect(shown.output).toContain('limit: 500, as it is');
    const { data, changesAfter } = JSON.parse((await setMinimum([lower], ...after, '--json')).output) as {
      data: Hex;
      changesAfter: Hex;
    };
    expect(decodeFunctionData({ abi: collateralVaultAbi, data }).args).toEqual([
      1,
      2_000_000n,
      15_000_000_000n,
      500_000n,
    ]);
    expect(changesAfter).toBe(servedId(lower));
  });

  it('asks with each value before and after', async () => {
    const { told } = await setMinimum([lower], '--after', servedId(lower));
    expect(told).toContain(
      `once ${servedId(lower)} is done:\nminimum: 1 → 2\ncap: 15000000, as it is\nlimit: 500, as it is\nSend the scheduling of vault set-limits`,
    );
  });

  it('keeps what an operation further ahead sets', async () => {
    const between = { data: limitsTo(2, 7n), predecessor: servedId(lower) };
    const shown = await setMinimum([lower, between], '--dry-run', '--after', servedId(between));
    expect(shown.output).toContain(`once ${servedId(lower)} is done:`);
    expect(shown.output).toContain('limit: 500, as it is');
  });

  it.each([
    ['that is not named', [lower], []],
    ['beside the named one', [lower, { data: limitsTo(1, 400_000n) }], ['--after', servedId(lower)]],
  ])('is refused while another one waits %s', async (_name, operations, more) => {
    const refused = await setMinimum(operations, '--dry-run', ...more);
    const odd = operations.at(-1) ?? lower;
    expect([refused.code, refused.told]).toEqual([1, expect.stringContaining(`ACT_REFUSED: ${servedId(odd)} at `)]);
    expect(refused.told).toContain('would set what vault set-limits keeps; nothing was sent; add --after with its id');
  });

  it('is refused while no log shows what another operation does', async () => {
    const refused = await setMinimum([{ ...lower, isLogged: false }], '--dry-run');
    expect(refused.told).toContain(`no log tells the calls of ${servedId(lower)} at `);
  });

  it('keeps the present values where what waits is about another asset', async () => {
    const shown = await setMinimum([{ data: limitsTo(2, 500_000n) }], '--dry-run');
    expect([shown.code, shown.output]).toEqual([0, expect.stringContaining('limit: 5000000, as it is')]);
    expect(shown.output).not.toContain('once 0x');
  });
});
