import type { PublicClient } from 'viem';
import { expect, it } from 'vitest';
import type { Side, WitnessSpec, WitnessedSource } from '../witness-spec.js';
import { diffPlace } from './diff-policy.js';

const [vault, ledger] = [`0x${'a1'.repeat(20)}`, `0x${'a2'.repeat(20)}`] as const;
const [atVault, atLedger] = [`0x${'b1'.repeat(20)}`, `0x${'b2'.repeat(20)}`] as const;
const source: WitnessedSource = { source: 1, vault, ledger, assets: [], witnesses: [], vaultIds: {}, ledgerIds: {} };
const wanted = {
  name: 'wormhole',
  slot: 2,
  mayConflict: true,
  atVault: { contract: atVault },
  atLedger: { contract: atLedger },
} as WitnessSpec;

/** Differences of a witness that is set at one side with this `mayConflict`. */
const found = (side: Side, mayConflict: boolean) => {
  const seen = side === 'atVault' ? [{ at: atVault, conflicts: mayConflict }, 0n] : [atLedger, mayConflict, false, 0n];
  const reader = { readContract: async () => seen } as unknown as PublicClient;
  return diffPlace(source, { slot: 2, side, path: `witnesses[wormhole].${side}`, wanted, reader });
};

it.each(['atVault', 'atLedger'] as const)('names a witness that is set %s with another mayConflict', async (side) => {
  expect(await found(side, true)).toEqual([]);
  expect(await found(side, false)).toEqual([
    { path: `witnesses[wormhole].${side}.mayConflict`, seen: 'false', expected: 'true' },
  ]);
});
