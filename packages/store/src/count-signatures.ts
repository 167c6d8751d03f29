import { type EntityManager, In } from 'typeorm';
import { SignatureRow } from './intake-rows.js';

/** Returns how many members signed each of some statements; those without a signature are missing. */
export async function countSignatures(
  manager: EntityManager,
  digests: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (digests.length === 0) return new Map();
  const rows = await manager
    .createQueryBuilder(SignatureRow, 'held')
    .select('held.digest', 'digest')
    .addSelect('COUNT(*)', 'n')
    .where({ digest: In([...digests]) })
    .groupBy('held.digest')
    .getRawMany<{ digest: string; n: string | number }>();
  return new Map(rows.map((row) => [row.digest, Number(row.n)]));
}
