import { expect, test } from 'vitest';
import type { AssetSpec, WitnessedSource } from '../witness-spec.js';
import { diffAssets } from './diff-assets.js';
import type { SideReaders } from './diff-witnesses.js';

const TOKEN = `0x${'33'.repeat(20)}`;
const spec: AssetSpec = {
  index: 1,
  assetId: 4,
  symbol: 'USDC',
  token: TOKEN,
  decimals: 6,
  underlying: 1,
  cap: '1000000000',
  minimum: '5000000',
  lockFeeBp: 25,
  baseI: 9_500,
  baseM: 9_800,
};
const atVault = { token: TOKEN, decimals: 6, cap: 1_000_000n, min: 5_000_000n, feeBp: 25, fastBp: 2_500 };
const terms = { source: 1, vaultAsset: 1, decimals: 6, underlying: 1, initialBp: 9_500, maintenanceBp: 9_800 };

/** Compares one asset with what both chains return for it. */
function diffOf(asset: AssetSpec, vaultSays: object, policy?: WitnessedSource['policy']) {
  const saying = (answer: object) => ({ readContract: async () => answer });
  const readers = {
    atVault: saying(vaultSays),
    atLedger: saying({ terms, capUnits: 1_000_000_000n }),
  } as unknown as SideReaders;
  return diffAssets(
    { source: 1, vault: '0xa1', ledger: '0xa2', policy, assets: [asset] } as unknown as WitnessedSource,
    readers,
  );
}

test('an asset configured alike on both chains shows no difference', async () => {
  expect(await diffOf(spec, atVault)).toEqual([]);
});

test('a different minimum fee of a lock at the vault is shown', async () => {
  const path = 'assets[USDC].lockFeeBp at the vault';
  expect(await diffOf(spec, { ...atVault, feeBp: 0 })).toEqual([{ path, seen: '0', expected: '25' }]);
  const { lockFeeBp: _, ...unset } = spec;
  expect(await diffOf(unset, atVault)).toEqual([{ path, seen: '25', expected: '0' }]);
  expect(await diffOf(unset, { ...atVault, feeBp: 0 })).toEqual([]);
});

test('a larger share of payments that wait for no witness is shown, unless the policy names it', async () => {
  const wide = { ...atVault, fastBp: 10_000 };
  const path = 'policy.vaultFastBp (USDC)';
  expect(await diffOf(spec, wide)).toEqual([{ path, seen: '10000', expected: '2500' }]);
  expect(await diffOf(spec, wide, { m: 1, fastBp: 200 })).toEqual([{ path, seen: '10000', expected: '2500' }]);
  expect(await diffOf(spec, wide, { m: 1, fastBp: 200, vaultFastBp: 10_000 })).toEqual([]);
  expect(await diffOf(spec, atVault, { m: 1, fastBp: 200, vaultFastBp: 100 })).toEqual([
    { path, seen: '2500', expected: '100' },
  ]);
  // One asset's may be lowered in an incident.
  expect(await diffOf(spec, { ...atVault, fastBp: 1_000 })).toEqual([]);
});
