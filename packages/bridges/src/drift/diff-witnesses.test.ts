import { AppError } from '@surety/domain';
import { createPublicClient, custom } from 'viem';
import { expect, test } from 'vitest';
import type { WitnessedSource } from '../witness-spec.js';
import { diffWitnesses } from './diff-witnesses.js';

test('a part that no provider answered for is unread, with the reason of its reader', async () => {
  const why = '1 of 3 providers answered eth_call with 1 answers; expected 2 alike';
  const request = async (): Promise<never> => {
    throw new AppError({ code: 'WITNESS_UNREADABLE', message: why, retryable: true });
  };
  const silent = createPublicClient({ transport: custom({ request }, { retryCount: 0 }) });
  const [vault, ledger] = [`0x${'a1'.repeat(20)}`, `0x${'a2'.repeat(20)}`] as const;
  const source: WitnessedSource = { source: 1, vault, ledger, assets: [], witnesses: [], vaultIds: {}, ledgerIds: {} };
  const { drift, unread } = await diffWitnesses(source, {
    atVault: silent,
    atLedger: silent,
  });
  expect(drift).toEqual([]);
  expect(unread.length).toBeGreaterThanOrEqual(9);
  expect(new Set(unread.map(({ detail }) => detail))).toEqual(new Set([why]));
});
