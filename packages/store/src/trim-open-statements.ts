import type { Address, Bytes32 } from '@surety/domain';
import { type EntityManager, In, MoreThan } from 'typeorm';
import { AttesterMarkRow, SignatureRow, SignedHeadRow, StatementRow } from './intake-rows.js';

/** Statements per query, to limit its parameters. */
const STATEMENTS_AT_ONCE = 256;

/**
 * Deletes a member's signatures of all but its newest incomplete statements of an edge, and of those of one time all but the lowest, which are
 * needed first. Returns how many it has left.
 */
export async function trimOpenStatements(
  manager: EntityManager,
  of: { edge: Bytes32; signer: Address; keep: number; forgetAbove: bigint },
): Promise<number> {
  const { edge, signer, keep, forgetAbove } = of;
  const open = manager
    .createQueryBuilder(StatementRow, 'statement')
    .innerJoin(SignatureRow, 'held', 'held.digest = statement.digest')
    .where('statement.edge = :edge AND statement.complete = 0 AND held.signer = :signer', { edge, signer });
  const count = await open.getCount();
  if (count <= keep) return count;
  const oldest = await open
    .select('statement.digest', 'digest')
    .orderBy('statement.asOf', 'ASC')
    .addOrderBy('statement.count', 'DESC')
    .limit(count - keep)
    .getRawMany<{ digest: string }>();
  const mark = await manager.findOneBy(AttesterMarkRow, { edge, signer });
  for (let at = 0; at < oldest.length; at += STATEMENTS_AT_ONCE) {
    const digests = oldest.slice(at, at + STATEMENTS_AT_ONCE).map(({ digest }) => digest);
    await manager.delete(SignatureRow, { digest: In(digests), signer });
    const rest = await manager.find(SignatureRow, { where: { digest: In(digests) }, select: { digest: true } });
    const signed = new Set<string>(rest.map(({ digest }) => digest));
    await manager.delete(StatementRow, { digest: In(digests.filter((digest) => !signed.has(digest))) });
    const heads = await manager.find(SignedHeadRow, {
      where: { edge, signer, digest: In(digests), count: MoreThan(forgetAbove) },
      select: { count: true },
    });
    const counts = heads.map(({ count: one }) => one).filter((one) => one !== mark?.count);
    await manager.delete(SignedHeadRow, { edge, signer, count: In(counts) });
  }
  return keep;
}
