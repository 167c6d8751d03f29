import { type Address, type Bytes32, type JournalHead, CUT_LENGTH, cutsBetween } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import { BATCH_ENTRIES_MAX, ENTRY_GAS, BATCH_GAS_CEILING, TRANSACTION_GAS_MAX } from './limits.js';
import { type BatchPlanInput, learnEntryGas, planBatches, plannedBatchGas } from './plan-batches.js';

const EDGE = `0x${'ab'.repeat(32)}` as Bytes32;
const SIGNERS = [1, 2, 3].map((at) => `0x${String(at).repeat(40)}` as Address);

function attested(count: bigint, tip = count, asOf = 1_000n): AttestedStatement {
  const statement: JournalHead = {
    edge: EDGE,
    count,
    tip,
    head: `0x${count.toString(16).padStart(64, '0')}` as Bytes32,
    blockNumber: tip,
    blockHash: `0x${tip.toString(16).padStart(64, '0')}` as JournalHead['blockHash'],
    asOf,
    epoch: 1,
  };
  return { statement, signers: SIGNERS, signatures: '0x' };
}

function plan(input: Partial<BatchPlanInput>) {
  return planBatches({ count: 0n, asOf: 0n, attested: [], gasCeiling: BATCH_GAS_CEILING, ...input });
}

/** Statements as honest attesters sign them: frames at some counts, and every cut up to the last frame. */
const honest = fc.array(fc.bigInt({ min: 1n, max: 200n }), { minLength: 1, maxLength: 12 }).map((steps) => {
  const tips = steps.reduce<bigint[]>((all, step) => [...all, (all.at(-1) ?? 0n) + step], []);
  return tips.flatMap((tip, at) => {
    const before = tips[at - 1] ?? 0n;
    const asOf = 1_000n + BigInt(at);
    return [
      ...cutsBetween(before, tip)
        .filter((cut) => cut < tip)
        .map((cut) => attested(cut, tip, asOf)),
      attested(tip, tip, asOf),
    ];
  });
});

const input = fc.record({
  statements: honest,
  count: fc.bigInt({ min: 0n, max: 300n }),
  gasCeiling: fc.bigInt({ min: plannedBatchGas({ entries: CUT_LENGTH, signatures: 3 }), max: TRANSACTION_GAS_MAX }),
});

describe('a batch plan', () => {
  it('is empty without a statement above the count, or if all are older than the replica’s', () => {
    expect(plan({ count: 5n, attested: [attested(5n), attested(4n)] })).toEqual({ batches: [] });
    expect(plan({ count: 0n, asOf: 1_001n, attested: [attested(5n)] })).toEqual({ batches: [] });
  });

  it('reports a step that is too large instead of taking it', () => {
    const far = plan({ attested: [attested(64n, 1_000n), attested(1_000n)] });
    expect(far.batches.map(({ from, to }) => [from, to])).toEqual([[0n, 64n]]);
    expect(far.blocked).toEqual({ from: 64n, to: 1_000n });
  });

  it('fills one batch exactly to the ceiling, but not one gas above it', () => {
    const statements = [attested(64n, 100n), attested(100n)];
    const exact = plannedBatchGas({ entries: 100n, signatures: 3 });
    expect(plan({ attested: statements, gasCeiling: exact }).batches.map(({ to }) => to)).toEqual([100n]);
    expect(plan({ attested: statements, gasCeiling: exact - 1n }).batches.map(({ to }) => to)).toEqual([64n, 100n]);
  });

  it('includes at most 512 entries, whatever the gas limit', () => {
    const statements = cutsBetween(0n, 640n).map((cut) => attested(cut, 640n));
    const { batches } = plan({ attested: statements, gasCeiling: 10n ** 12n });
    expect(batches.map(({ to }) => to)).toEqual([BATCH_ENTRIES_MAX, 640n]);
  });

  it('plans longer batches after learning that entries are cheap, but never assumes more than the worst case', () => {
    const statements = cutsBetween(0n, 640n).map((cut) => attested(cut, 640n));
    const cheap = learnEntryGas({ gasUsed: 540_000n, entries: 64n });
    expect(cheap).toBe(10_547n);
    const first = (entryGas?: bigint): bigint | undefined =>
      plan({ attested: statements, gasCeiling: 8_000_000n, ...(entryGas === undefined ? {} : { entryGas }) }).batches[0]
        ?.to;
    expect([first(), first(cheap)]).toEqual([128n, BATCH_ENTRIES_MAX]);
    expect(learnEntryGas({ gasUsed: 138_000n, entries: 1n })).toBe(ENTRY_GAS);
  });

  it('chooses the newest statement of a count', () => {
    const { batches } = plan({
      attested: [attested(5n, 5n, 1_000n), attested(5n, 5n, 1_600n), attested(5n, 5n, 1_200n)],
    });
    expect(batches[0]?.attested.statement.asOf).toBe(1_600n);
  });

  it('ends every batch at an attested count, without gaps, within ceiling and length, up to the last count', () => {
    fc.assert(
      fc.property(input, ({ statements, count, gasCeiling }) => {
        const counts = new Set(statements.map(({ statement }) => statement.count));
        const { batches, blocked } = plan({ attested: statements, count, gasCeiling });
        let at = count;
        for (const batch of batches) {
          expect(batch.from).toBe(at);
          expect(batch.to).toBe(batch.attested.statement.count);
          expect(counts.has(batch.to)).toBe(true);
          expect(batch.gasPlanned).toBeLessThanOrEqual(gasCeiling);
          expect(batch.to - batch.from).toBeLessThanOrEqual(BATCH_ENTRIES_MAX);
          at = batch.to;
        }
        expect(blocked).toBeUndefined();
        const last = [...counts].reduce((top, one) => (one > top ? one : top), 0n);
        expect(at).toBe(last > count ? last : count);
      }),
      { numRuns: 300 },
    );
  });

  it('continues from any prefix: one relayer can finish what another began', () => {
    fc.assert(
      fc.property(input, fc.nat(), ({ statements, count, gasCeiling }, seed) => {
        const whole = plan({ attested: statements, count, gasCeiling });
        const done = whole.batches.slice(0, seed % (whole.batches.length + 1));
        const rest = plan({ attested: statements, count: done.at(-1)?.to ?? count, gasCeiling });
        expect([...done, ...rest.batches]).toEqual(whole.batches);
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order of the statements', () => {
    fc.assert(
      fc.property(input, ({ statements, count, gasCeiling }) => {
        const forth = plan({ attested: statements, count, gasCeiling });
        expect(plan({ attested: [...statements].reverse(), count, gasCeiling })).toEqual(forth);
      }),
    );
  });
});
