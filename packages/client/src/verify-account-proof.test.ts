import { type AccountProofView, formatWire } from '@surety/api';
import { keccak256 } from '@surety/contracts';
import { type BlockHash, type Bytes32, type SumLeaf, SumTree, blockHash, bytes32, commitmentOf } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { parseAccountProof, verifyAccountProof } from './verify-account-proof.js';

const wordOf = (value: number): Bytes32 => bytes32(`0x${value.toString(16).padStart(64, '0')}`);
const accountOf = (at: number): Bytes32 => wordOf(at + 1);
const BLOCK: BlockHash = blockHash(wordOf(77));

/** Proofs over `accounts` accounts, each with one line of asset 1; every third one has a line of asset 4 too. */
function proveAll(accounts: number): (at: number) => AccountProofView {
  const leavesOf = (assetId: number, step: number): SumLeaf[] =>
    Array.from({ length: Math.ceil(accounts / step) }, (_, at) => {
      return { account: accountOf(at * step), assetId, amount: BigInt(at * step + assetId) * 1_000n };
    });
  const assets = accounts === 0 ? [] : [leavesOf(1, 1), leavesOf(4, 3)];
  const built = assets.map((leaves) => ({ leaves, tree: SumTree.of(leaves, keccak256) }));
  const trees = built.map(({ leaves, tree }) => ({
    assetId: leaves[0]?.assetId ?? 0,
    count: tree.count,
    ...tree.root,
  }));
  const committed = { block: { chainId: 900, height: 12n, hash: BLOCK }, stateHash: wordOf(88), trees };
  const commitment = commitmentOf(committed, keccak256);
  return (at) => {
    const account = accountOf(at);
    const lines = built.flatMap(({ leaves, tree }) => {
      const index = leaves.findIndex((leaf) => leaf.account === account);
      const leaf = leaves[index];
      if (leaf === undefined) return [];
      return [{ assetId: leaf.assetId, amount: leaf.amount, index: BigInt(index), siblings: tree.branchOf(index) }];
    });
    return { account, ...committed, commitment, lines };
  };
}

/** Every copy of a value in which one leaf of it differs. */
function mutants(value: unknown): unknown[] {
  if (typeof value === 'bigint') return [value + 1n];
  if (typeof value === 'number') return [value + 1];
  if (typeof value === 'string') return [value.slice(0, -1) + (value.endsWith('1') ? '2' : '1')];
  if (Array.isArray(value)) {
    const inner = value.flatMap((one, at) => mutants(one).map((other) => value.with(at, other)));
    return value.length === 0 ? [] : [...inner, value.slice(1), [...value, value[0]]];
  }
  return Object.entries(value as object).flatMap(([name, one]) =>
    mutants(one).map((other) => ({ ...(value as object), [name]: other })),
  );
}

describe('an account’s proof', () => {
  it('comes from a tree that is the same whether it is built at once or in steps', () => {
    const leaves = Array.from({ length: 2_500 }, (_, at): SumLeaf => {
      return { account: accountOf(at), assetId: 1, amount: BigInt(at) };
    });
    const steps = SumTree.inSteps(leaves, keccak256);
    let [count, step] = [0, steps.next()];
    for (; step.done !== true; step = steps.next()) count += 1;
    expect(count).toBe(3);
    const [tree, whole] = [step.value, SumTree.of(leaves, keccak256)];
    expect([tree.root, tree.count, tree.branchOf(1_234)]).toEqual([whole.root, whole.count, whole.branchOf(1_234)]);
  });

  it('is refused by name with any one field changed, dropped or doubled', () => {
    const codes = new Map<string, number>();
    for (const accounts of [1, 2, 3, 7, 8, 13]) {
      const proof = proveAll(accounts)(0);
      // A line that is left out is nothing that a proof of the others can show.
      for (const mutant of mutants(proof) as AccountProofView[]) {
        if (mutant.lines.length < proof.lines.length) continue;
        const outcome = verifyAccountProof(mutant, { account: proof.account });
        expect([outcome.kind, mutant]).toEqual(['refused', mutant]);
        if (outcome.kind === 'refused') codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1);
      }
    }
    expect([...codes.keys()].sort()).toEqual(
      ['BAD_BRANCH', 'NO_TREE', 'OTHER_ACCOUNT', 'OTHER_COMMITMENT', 'OTHER_ROOT', 'UNORDERED'].sort(),
    );
  });

  it('is read from JSON to the last unit, and not at all with a member that does not fit', () => {
    const proof = proveAll(5)(3);
    const json = JSON.parse(JSON.stringify(formatWire(proof))) as Record<string, unknown>;
    expect(parseAccountProof(json)).toEqual(proof);
    expect(() => parseAccountProof({ ...json, commitment: '0x12' })).toThrow(
      expect.objectContaining({ code: 'BAD_ANSWER' }),
    );
  });

  it('is refused if its tree states another sum, also under a commitment to it', () => {
    const proof = proveAll(1)(0);
    const trees = proof.trees.map((tree) => ({ ...tree, sum: tree.sum - 1n }));
    const lied = { ...proof, trees, commitment: commitmentOf({ ...proof, trees }, keccak256) };
    expect(verifyAccountProof(lied, { account: proof.account })).toMatchObject({ kind: 'refused', code: 'OTHER_SUM' });
  });

  it('is refused under another commitment than another reader saw', () => {
    const [one, other] = [proveAll(4)(2), proveAll(5)(2)];
    const expected = { account: one.account, commitment: other.commitment };
    expect(verifyAccountProof(one, expected)).toMatchObject({ kind: 'refused', code: 'OTHER_COMMITMENT' });
  });

  it('does not hold where it leaves out a line that the ledger has, or has another amount', () => {
    // Asset 4 has no leaf of the account, so that neither branches nor commitment can show what is missing.
    const [proof, account] = [proveAll(5)(1), accountOf(1)];
    const [line = { assetId: 0, amount: 0n }] = proof.lines;
    const verify = (ledgerLines: readonly { assetId: number; amount: bigint }[]) =>
      verifyAccountProof(proof, { account, commitment: proof.commitment, ledgerLines });
    expect(
      verify([
        { assetId: 1, amount: line.amount },
        { assetId: 4, amount: 9n },
      ]),
    ).toEqual({
      kind: 'refused',
      code: 'MISSING_LINE',
      detail: 'the ledger has 9 units of asset 4; expected a line of it; ask another aggregator',
    });
    expect(verify([{ assetId: 1, amount: line.amount + 1n }])).toMatchObject({ code: 'OTHER_AMOUNT' });
    expect(verify([])).toMatchObject({ code: 'OTHER_AMOUNT' });
    expect(
      verify([
        { assetId: 1, amount: line.amount },
        { assetId: 4, amount: 0n },
      ]),
    ).toMatchObject({ kind: 'proven' });
  });

  it('proves every line of every account, whatever their number', () => {
    for (const accounts of [1, 2, 3, 4, 5, 8, 9, 31]) {
      const prove = proveAll(accounts);
      for (let at = 0; at < accounts; at++) {
        const outcome = verifyAccountProof(prove(at), { account: accountOf(at) });
        expect(outcome).toMatchObject({
          kind: 'proven',
          lines: [{ assetId: 1 }, ...(at % 3 === 0 ? [{ assetId: 4 }] : [])],
        });
      }
    }
  });

  it('proves nothing where there is no account at all', () => {
    expect(verifyAccountProof(proveAll(0)(0), { account: accountOf(0) })).toEqual({ kind: 'proven', lines: [] });
  });

  it('of one account among 100,000 has at most 17 nodes', () => {
    const proof = proveAll(100_000)(99_999);
    expect(proof.lines.map(({ siblings }) => siblings.length <= 17)).toEqual([true, true]);
    expect(verifyAccountProof(proof, { account: accountOf(99_999) })).toMatchObject({ kind: 'proven' });
  });
});
