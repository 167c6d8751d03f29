import { blockHash, chainId } from '@surety/domain';
import type { FinalBatch } from '@surety/workflows';
import { expect, it } from 'vitest';
import { onEachDatabase } from './testing/on-each-database.js';
import { EDGE, word } from './testing/store-facts.js';

const OTHER = word(78);

const blockOf = (height: bigint): FinalBatch['block'] => ({
  chainId: chainId(11_297_108_109),
  height,
  hash: blockHash(`0x${height.toString().padStart(64, '0')}`),
});
const batch = (from: bigint, to: bigint, height: bigint, edge = EDGE): FinalBatch => ({
  edge,
  from,
  to,
  block: blockOf(height),
});

onEachDatabase('milestones of applied batches', (opened) => {
  const see = (count: bigint, atMs: number): Promise<void> =>
    opened.store.intake.saveMilestones([{ edge: EDGE, stage: 'applied', count, atMs }]);

  /** When and in which block some entries were applied. */
  async function applied(...indexes: bigint[]): Promise<unknown[]> {
    const { views } = opened.store;
    const progress = await views.loadProgress({ edge: EDGE, name: EDGE, applied: 0n, endedThrough: 0 }, 0n);
    const all = await Promise.all(indexes.map((index) => views.loadMilestones(EDGE, index)));
    expect(all.map((one) => one.applied)).toEqual(indexes.map((index) => progress.milestonesOf(index).applied));
    return all.map((one) => [one.applied?.atMs, one.applied?.block?.height]);
  }

  it('keep when entries were seen first, and take the block of their own batch, however often it is told', async () => {
    await see(2n, 20);
    await see(7n, 70);
    expect(await applied(2n, 7n)).toEqual([
      [20, undefined],
      [70, undefined],
    ]);
    const batches = [batch(0n, 5n, 500n), batch(0n, 3n, 300n, OTHER), batch(5n, 7n, 700n), batch(7n, 9n, 900n)];
    for (let times = 0; times < 2; times++) await opened.store.intake.saveAppliedBatches(batches);
    expect(await applied(1n, 3n, 6n, 8n, 10n)).toEqual([
      [20, 500n],
      [70, 500n],
      [70, 700n],
      [undefined, 900n],
      [undefined, undefined],
    ]);
    expect((await opened.store.views.loadMilestones(OTHER, 1n)).applied).toEqual({
      edge: OTHER,
      stage: 'applied',
      count: 3n,
      block: blockOf(300n),
    });
  });

  it('replace a block that was held for their last entry', async () => {
    await opened.store.intake.saveMilestones([
      { edge: EDGE, stage: 'applied', count: 2n, atMs: 1, block: blockOf(1n) },
    ]);
    await opened.store.intake.saveAppliedBatches([batch(0n, 2n, 22n)]);
    expect(await applied(1n, 2n)).toEqual([
      [1, 22n],
      [1, 22n],
    ]);
  });

  it('are dropped above a count, except those of final blocks and of other stages', async () => {
    await opened.store.intake.saveAppliedBatches([batch(0n, 2n, 22n)]);
    await see(3n, 30);
    await see(4n, 40);
    await opened.store.intake.saveMilestones([{ edge: EDGE, stage: 'final', count: 4n, atMs: 4 }]);
    await opened.store.intake.dropSeenApplied({ edge: EDGE, count: 3n });
    expect(await applied(2n, 3n, 4n)).toEqual([
      [undefined, 22n],
      [30, undefined],
      [undefined, undefined],
    ]);
    await opened.store.intake.dropSeenApplied({ edge: EDGE, count: 0n });
    expect(await applied(2n, 3n)).toEqual([
      [undefined, 22n],
      [undefined, undefined],
    ]);
    expect((await opened.store.views.loadMilestones(EDGE, 4n)).final?.atMs).toBe(4);
  });
});
