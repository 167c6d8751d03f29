import type { Address, Bytes32 } from '@surety/domain';
import { type EntityManager, In } from 'typeorm';
import { SignatureRow, StatementRow } from './intake-rows.js';

/** Statements per query, to limit its parameters. */
const STATEMENTS_AT_ONCE = 256;

/**
 * Deletes the signatures of some members under one epoch of an edge. Statements left below their quorum become
 * incomplete. Returns the number of deleted signatures.
 */
export async function dropSignatures(
  manager: EntityManager,
  { edge, epoch, signers }: { edge: Bytes32; epoch: number; signers: readonly Address[] },
): Promise<number> {
  const rows = await manager
    .createQueryBuilder(StatementRow, 'statement')
    .innerJoin(SignatureRow, 'held', 'held.digest = statement.digest')
    .select(['statement.digest', 'statement.quorum'])
    .where('statement.edge = :edge AND statement.epoch = :epoch', { edge, epoch })
    .andWhere('held.signer IN (:...signers)', { signers })
    .getMany();
  let dropped = 0;
  for (let at = 0; at < rows.length; at += STATEMENTS_AT_ONCE) {
    const some = rows.slice(at, at + STATEMENTS_AT_ONCE);
    const digests = some.map(({ digest }) => digest);
    const all = await manager.find(SignatureRow, { where: { digest: In(digests) } });
    const left = new Map<string, number>();
    for (const { digest, signer } of all) {
      if (signers.includes(signer)) dropped += 1;
      else left.set(digest, (left.get(digest) ?? 0) + 1);
    }
    await manager.delete(SignatureRow, { digest: In(digests), signer: In([...signers]) });
    const short = some.filter(({ digest, quorum }) => (left.get(digest) ?? 0) < quorum).map(({ digest }) => digest);
    if (short.length > 0) await manager.update(StatementRow, { digest: In(short) }, { complete: 0 });
  }
  return dropped;
}
