import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { collateralLedgerAbi } from '@surety/contracts';
import { accountId, address } from '@surety/domain';
import { encodeFunctionResult } from 'viem';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type SuretyRun, runSurety } from '../testing/run-surety.js';
import { SERVED_KEY, servedRecord, serveTimelockedVault } from '../testing/serve-timelocked-vault.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const folder = mkdtempSync(join(tmpdir(), 'surety-owner-acts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'chains.config.json');
const network = exampleNetwork();
writeFileSync(file, JSON.stringify({ ...network, profile: 'development' }));
const vault = network.chains.find(({ name }) => name === 'ethereum')?.vault;
const asset = vault?.assets.find(({ symbol }) => symbol === 'USDC');
const TERMS = { source: vault?.source ?? 0, vaultAsset: asset?.index ?? 0, decimals: asset?.decimals ?? 0 };
const owner = address(`0x${'ef'.repeat(20)}`);

/** Runs a dry run of an act about the asset, which the ledger lists with these terms. */
async function actWith(terms: Partial<typeof TERMS>, ...command: string[]): Promise<SuretyRun> {
  const rest = { underlying: 1, ownPrice: 0, initialBp: 1, maintenanceBp: 1, minMillionths: 1n, capThousandths: 1n };
  const sums = { credited: 0n, parked: 0n, capUnits: 0n, enableUnits: 0n, releasedCum: 0n, creditPausedUntil: 0 };
  const result = { terms: { ...TERMS, ...rest, ...terms }, ...sums };
  const encoded = encodeFunctionResult({ abi: collateralLedgerAbi, functionName: 'assetOf', result });
  const views = { lineOf: servedRecord('lineOf', { amount: 10n ** 12n }), assetOf: { encoded } };
  const url = await serveTimelockedVault({ chainId: 8453, timeS: 1_800_000_000n, views }, closing);
  const environment = { SURETY_CONFIG: file, SURETY_KEY: SERVED_KEY, RPC_URL_BASE_1: url };
  return runSurety([...command, '--chain', 'ethereum', '--asset', 'USDC', '--dry-run', '--json'], { environment });
}

const transfer = ['transfer', '--amount', '1', '--to', owner];

describe('a transfer', () => {
  it('names the account that receives beside the ledger that is called', async () => {
    const { output } = await actWith({}, ...transfer);
    const recipient = accountId({ owner, home: 0, sub: 0n });
    expect(JSON.parse(output)).toMatchObject({ to: network.settlement?.ledger, recipient, amount: '1000000' });
  });
});

describe('an act about an asset', () => {
  it.each([
    ['source', { source: 9 }, 'source 9'],
    ['token', { vaultAsset: 40 }, 'asset of its vault 40'],
    ['unit', { decimals: 18 }, 'decimals 18'],
  ])('is refused where the ledger lists it with another %s', async (_name, terms, seen) => {
    for (const command of [transfer, ['enable']]) {
      const run = await actWith(terms, ...command);
      expect([run.code, run.told]).toEqual([2, expect.stringContaining('"code":"UNKNOWN_ASSET"')]);
      expect(run.told).toContain(`with ${seen}; expected `);
    }
  });
});
