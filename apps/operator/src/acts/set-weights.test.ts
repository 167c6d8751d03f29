import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { collateralLedgerAbi } from '@surety/contracts';
import type { Hex } from '@surety/domain';
import { decodeFunctionData, encodeErrorResult } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ledgerAsset } from '../testing/ledger-asset.js';
import { type SuretyRun, runSurety } from '../testing/run-surety.js';
import { SERVED_KEY, serveTimelockedVault } from '../testing/serve-timelocked-vault.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const folder = mkdtempSync(join(tmpdir(), 'surety-set-weights-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const network = exampleNetwork();
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify({ ...network, profile: 'development' }));
const riskAdmin = privateKeyToAccount(SERVED_KEY as Hex).address;

const weighing = ledgerAsset({ initialBp: 8_000, maintenanceBp: 8_500 });
const unknown = { reverted: encodeErrorResult({ abi: collateralLedgerAbi, errorName: 'AssetUnknown', args: [2] }) };

/** Runs `ledger set-weights` as the risk admin. Asset 1 weighs 0.8 and 0.85, and no other one is listed. */
async function setWeights(asset: string, ...more: string[]): Promise<SuretyRun> {
  const { chainId } = network.settlement ?? { chainId: 0 };
  const views = { riskAdmin, assetOf: (id: number) => ({ encoded: id === 1 ? weighing : unknown }) };
  const url = await serveTimelockedVault({ chainId, timeS: 1_800_000_000n, views }, closing);
  const providers = network.chains.find((one) => one.chainId === chainId)?.providers ?? [];
  const urls = Object.fromEntries(providers.map(({ urlEnv }) => [urlEnv, url]));
  const environment = { SURETY_CONFIG: file, SURETY_KEY: SERVED_KEY, ...urls };
  return runSurety(['ledger', 'set-weights', '--asset', asset, '--as', 'riskAdmin', ...more], { environment });
}

describe('weights that are set', () => {
  it('are shown before and after, in the preview and in the question', async () => {
    const lowered = ['--initial-bp', '5000', '--maintenance-bp', '5500'];
    const changes = 'initial-bp: 8000 → 5000\nmaintenance-bp: 8500 → 5500\n';
    expect((await setWeights('1', ...lowered, '--dry-run')).output).toContain(changes);
    expect((await setWeights('1', ...lowered)).told).toContain(changes);
  });

  it('stay as they are where they are left out', async () => {
    const { output } = await setWeights('1', '--initial-bp', '3600', '--dry-run', '--json');
    const { data, changes } = JSON.parse(output) as { data: Hex; changes: object };
    expect(decodeFunctionData({ abi: collateralLedgerAbi, data }).args).toEqual([1, 3_600, 8_500]);
    expect(changes).toEqual([
      { option: 'initial-bp', before: '8000', after: '3600' },
      { option: 'maintenance-bp', before: '8500', after: '8500' },
    ]);
  });

  it('are all named for an asset that is not listed yet', async () => {
    const whole = await setWeights('2', '--initial-bp', '5000', '--maintenance-bp', '5500', '--dry-run');
    expect(whole.output).toContain('set-weights');
    expect(whole.output).not.toContain('→');
    expect((await setWeights('2', '--initial-bp', '5000', '--dry-run')).told).toContain('--maintenance-bp is missing');
  });
});
