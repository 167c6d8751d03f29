import type { Bytes32 } from '@surety/domain';
import type { FinalBatch } from '@surety/workflows';
import { type EntityManager, MoreThan } from 'typeorm';
import { replaceRows } from './database-writer.js';
import { MilestoneRow } from './intake-rows.js';

/** Writes the final blocks of batches into the milestones of their edges: a row ends each batch, with a time if one was seen. */
export async function saveAppliedBatches(manager: EntityManager, batches: readonly FinalBatch[]): Promise<void> {
  for (const edge of new Set(batches.map((batch) => batch.edge)))
    await saveOfEdge(
      manager,
      edge,
      batches.filter((batch) => batch.edge === edge),
    );
}

async function saveOfEdge(manager: EntityManager, edge: Bytes32, batches: readonly FinalBatch[]): Promise<void> {
  const stage = 'applied';
  const from = batches[0]?.from ?? 0n;
  // Few: above what is final there are only counts that a newest block had.
  const held = await manager.find(MilestoneRow, {
    where: { edge, stage, count: MoreThan(from) },
    order: { count: 'ASC' },
  });
  const rows = batches.flatMap((batch) => {
    const { chainId, height: blockHeight, hash: blockHash } = batch.block;
    const block = { chainId, blockHeight, blockHash };
    const within = held.filter(({ count }) => count > batch.from && count < batch.to);
    // What was seen with more entries was applied by then.
    const atMs = held.find(({ count }) => count >= batch.to)?.atMs ?? null;
    return [
      ...within.map((row) => ({ edge, stage, count: row.count, atMs: row.atMs, ...block }) as const),
      { edge, stage, count: batch.to, atMs, ...block } as const,
    ];
  });
  await replaceRows(manager, MilestoneRow, rows);
}
