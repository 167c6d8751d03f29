import { bytes32, txHash } from '@surety/domain';
import { type AuctionBatchOutcome, TRANSACTION_GAS_MAX } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { ACCOUNT_GAS, BATCH_GAS } from './limits.js';
import { createStartGas } from './start-gas.js';

const TX = txHash(`0x${'7'.repeat(64)}`);

/** A batch that landed, and started auctions of so many accounts. */
function landed(served: number, gasUsed: bigint): AuctionBatchOutcome {
  const accounts = Array.from({ length: served }, (_, at) => bytes32(`0x${String(at).padStart(64, '0')}`));
  return {
    outcome: { kind: 'landed', txHash: TX, height: 1n as never, gasUsed, feeWei: 1n },
    served: new Set(accounts),
  };
}

/** A batch that started nothing, since somebody else was faster, or since it failed. */
const failed = (kind: 'refused' | 'overtaken' | 'reverted'): AuctionBatchOutcome => {
  const name = { name: 'GasTooLow', detail: 'x' };
  const mined = { txHash: TX, height: 1n as never, feeWei: 1n };
  return { outcome: { kind, ...name, ...mined }, served: new Set() };
};

/** The limit of ten accounts after these batches, of three accounts each. */
function limitAfter(...batches: readonly AuctionBatchOutcome[]): bigint {
  const gas = createStartGas();
  for (const batch of batches) gas.learn(batch, 3);
  return gas.limitOf(10);
}

const FULL = BATCH_GAS + 10n * ACCOUNT_GAS;

describe('the gas limit of a batch of starts', () => {
  it('is full at first, and never more than a transaction may use', () => {
    expect(limitAfter()).toBe(FULL);
    expect(createStartGas().limitOf(64)).toBe(TRANSACTION_GAS_MAX);
  });

  it('allows each account two fifths more than those of the last batch used, rounded up', () => {
    expect(limitAfter(landed(3, 300_001n))).toBe(BATCH_GAS + 10n * 140_001n);
    expect(limitAfter(landed(3, 300_000n), landed(2, 240_000n))).toBe(BATCH_GAS + 10n * 168_000n);
    expect(limitAfter(landed(2, 240_000n), landed(3, 300_000n))).toBe(BATCH_GAS + 10n * 140_000n);
  });

  it('does not grow beyond the full one', () => {
    expect(limitAfter(landed(2, 480_000n))).toBe(FULL);
  });

  it('is full again once a batch failed', () => {
    const cheap = landed(3, 300_000n);
    expect(limitAfter(cheap)).toBeLessThan(FULL);
    for (const kind of ['refused', 'reverted'] as const) expect(limitAfter(cheap, failed(kind))).toBe(FULL);
  });

  it('stays as it is after a batch of which somebody else started most', () => {
    const cheap = landed(3, 300_000n);
    for (const late of [landed(1, 200_000n), landed(0, 30_000n), failed('overtaken')])
      expect(limitAfter(cheap, late)).toBe(limitAfter(cheap));
    expect(limitAfter(landed(0, 30_000n))).toBe(FULL);
  });
});
