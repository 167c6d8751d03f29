import { type AccountProofView, accountProofView } from '@surety/api';
import { portableKeccak256 as keccak256 } from '@surety/contracts';
import { AppError, type Bytes32, commitmentOf, foldBranch } from '@surety/domain';
import { readAnswer } from './bad-answer.js';

/** Code of a refused proof. */
export type ProofRefusal =
  | 'OTHER_ACCOUNT'
  | 'OTHER_COMMITMENT'
  | 'UNORDERED'
  | 'NO_TREE'
  | 'BAD_BRANCH'
  | 'OTHER_ROOT'
  | 'OTHER_SUM'
  | 'MISSING_LINE'
  | 'OTHER_AMOUNT';

/** Token units that an account has of one asset. */
export interface AssetAmount {
  readonly assetId: number;
  readonly amount: bigint;
}

/** The outcome of checking an account's proof. */
export type ProofOutcome =
  | { readonly kind: 'proven'; readonly lines: readonly AssetAmount[] }
  | { readonly kind: 'refused'; readonly code: ProofRefusal; readonly detail: string };

/** Reads a proof from JSON, as the aggregator answers it. @throws BAD_ANSWER naming the first member that does not fit. */
export function parseAccountProof(json: unknown): AccountProofView {
  return readAnswer(accountProofView, json);
}

/** Facts about an account that its reader has from elsewhere than from the proof. */
export interface ExpectedProof {
  readonly account: Bytes32;
  /** As another aggregator gave it, or as it was read earlier: without it the proof only agrees with itself. */
  readonly commitment?: Bytes32;
  /** `lineOf` of every asset, read from the ledger at the proof's block: without them a line that is left out is not noticed. */
  readonly ledgerLines?: readonly AssetAmount[];
}

/**
 * Checks, without any connection, that each line of a proof is a leaf of its asset's tree and that the commitment binds all
 * trees. `proven` says so of these lines alone, and without lines of nothing; that no other line exists only `ledgerLines` show.
 */
export function verifyAccountProof(proof: AccountProofView, expected: ExpectedProof): ProofOutcome {
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
  const lines = proof.lines.map(({ assetId, amount }) => ({ assetId, amount }));
  return checkWhole(lines, expected.ledgerLines) ?? { kind: 'proven', lines };
}

function checkWhole(
  lines: readonly AssetAmount[],
  ledgerLines: readonly AssetAmount[] | undefined,
): ProofOutcome | undefined {
  if (ledgerLines === undefined) return undefined;
  const held = new Map(ledgerLines.map(({ assetId, amount }) => [assetId, amount]));
  const proven = new Set(lines.map(({ assetId }) => assetId));
  for (const [assetId, amount] of held)
    if (amount !== 0n && !proven.has(assetId))
      return refused(
        'MISSING_LINE',
        `the ledger has ${amount} units of asset ${assetId}; expected a line of it; ask another aggregator`,
      );
  for (const { assetId, amount } of lines) {
    const expected = held.get(assetId) ?? 0n;
    if (amount !== expected)
      return refused('OTHER_AMOUNT', `the line of asset ${assetId} has ${amount} units; the ledger has ${expected}`);
  }
  return undefined;
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
