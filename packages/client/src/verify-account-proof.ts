import { type AccountProofView, accountProofView } from '@surety/api';
import { portableKeccak256 as keccak256 } from '@surety/contracts';
import { AppError, type Bytes32, commitmentOf, foldBranch } from '@surety/domain';
import { readAnswer } from './bad-answer.js';

/** Code of a refused proof. */
export type ProofRefusal =
  'OTHER_ACCOUNT' | 'OTHER_COMMITMENT' | 'UNORDERED' | 'NO_TREE' | 'BAD_BRANCH' | 'OTHER_ROOT' | 'OTHER_SUM';

/** The outcome of checking an account's proof. */
export type ProofOutcome =
  | { readonly kind: 'proven'; readonly lines: readonly { readonly assetId: number; readonly amount: bigint }[] }
  | { readonly kind: 'refused'; readonly code: ProofRefusal; readonly detail: string };

/** Reads a proof from JSON, as the aggregator answers it. @throws BAD_ANSWER naming the first member that does not fit. */
export function parseAccountProof(json: unknown): AccountProofView {
  return readAnswer(accountProofView, json);
}

/**
 * Checks, without any connection, that each line of a proof is a leaf of its asset's tree and that the commitment binds all
 * trees. `proven` without lines proves nothing. Give the commitment that another aggregator or an earlier reader saw:
 * without it the proof only agrees with itself.
 */
export function verifyAccountProof(
  proof: AccountProofView,
  expected: { readonly account: Bytes32; readonly commitment?: Bytes32 },
): ProofOutcome {
  if (proof.account !== expected.account)
    return refused('OTHER_ACCOUNT', `it is of ${proof.account}; expected ${expected.account}`);
  if (!isAscending(proof.trees) || !isAscending(proof.lines))
    return refused('UNORDERED', 'trees or lines are not ascending by asset; expected each asset once');
  const computed = commitmentOf(proof, keccak256);
  const wanted = expected.commitment ?? proof.commitment;
  if (computed !== proof.commitment || computed !== wanted)
    return refused(
      'OTHER_COMMITMENT',
      `block, state hash and trees give ${computed}; expected ${wanted}; ask another aggregator`,
    );
  for (const line of proof.lines) {
    const outcome = checkLine(proof, line);
    if (outcome !== undefined) return outcome;
  }
  return { kind: 'proven', lines: proof.lines.map(({ assetId, amount }) => ({ assetId, amount })) };
}

function checkLine(proof: AccountProofView, line: AccountProofView['lines'][number]): ProofOutcome | undefined {
  const { assetId, amount, index, siblings } = line;
  const tree = proof.trees.find((one) => one.assetId === assetId);
  if (tree === undefined) return refused('NO_TREE', `asset ${assetId} has no tree; expected one, since it has a line`);
  try {
    const leaf = { account: proof.account, assetId, amount };
    const root = foldBranch({ leaf, index, count: tree.count, siblings }, keccak256);
    if (root.hash !== tree.hash)
      return refused(
        'OTHER_ROOT',
        `the line of asset ${assetId} leads to the root ${root.hash}; expected ${tree.hash}`,
      );
    if (root.sum !== tree.sum)
      return refused('OTHER_SUM', `the line of asset ${assetId} leads to the sum ${root.sum}; expected ${tree.sum}`);
    return undefined;
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    return refused('BAD_BRANCH', `the line of asset ${assetId}: ${cause.message}`);
  }
}

function isAscending(rows: readonly { readonly assetId: number }[]): boolean {
  return rows.every((row, at) => at === 0 || row.assetId > (rows[at - 1]?.assetId ?? 0));
}

function refused(code: ProofRefusal, detail: string): ProofOutcome {
  return { kind: 'refused', code, detail };
}
