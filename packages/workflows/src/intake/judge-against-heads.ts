import { type Address, type Bytes32, type JournalPosition, isTipHidden } from '@surety/domain';
import type { SignedStatement } from '../ports/attester.js';
import type { EdgeBook } from './edge-book.js';
import type { ContradictionFact, IntakeStore, JudgedStatement } from './intake-store.js';
import { type Refusal, refuse } from './judge-statement.js';

/** The verdicts on a batch of statements compared with the stored heads. */
export interface HeadVerdicts {
  readonly verdicts: readonly (Refusal | JudgedStatement)[];
  /** Pairs of statements that prove a member's equivocation. */
  readonly contradictions: readonly ContradictionFact[];
}

/**
 * Compares valid statements with the stored heads. A member's second head for one count is a contradiction and becomes
 * evidence, and so is a tip that denies entries of the longest journal that the member stated. A head that differs from
 * the one to which the edge's entries fold is a mismatch. A statement above the stored entries waits.
 */
export async function judgeAgainstHeads(
  judged: readonly (Refusal | JudgedStatement)[],
  books: ReadonlyMap<Bytes32, EdgeBook>,
  store: IntakeStore,
): Promise<HeadVerdicts> {
  const good = judged.filter((verdict): verdict is JudgedStatement => !('kind' in verdict));
  const firsts = await loadFirsts(good, store);
  const heads = await loadHeads(good, books, store);
  const longest = await loadLongest(good, books, store);
  const contradictions: ContradictionFact[] = [];
  const verdicts = judged.map((verdict): Refusal | JudgedStatement => {
    if ('kind' in verdict) return verdict;
    const { statement } = verdict;
    const key = keyOf(verdict);
    const first = firsts.get(key);
    if (first !== undefined && first.statement.head !== statement.head) {
      contradictions.push({ first, second: signedOf(verdict) });
      return refuse(
        'CONTRADICTION',
        `${verdict.signer} signed ${first.statement.head} and ${statement.head} for count ${statement.count}; kept as evidence`,
      );
    }
    const member = memberKey(verdict);
    const long = longest.get(member);
    if (long !== undefined && isTipHidden(long.statement, statement)) {
      contradictions.push({ first: long, second: signedOf(verdict) });
      return refuse(
        'CONTRADICTION',
        `${verdict.signer} signed tip ${long.statement.tip} at block ${long.statement.blockNumber} and tip ${statement.tip} at block ${statement.blockNumber}, one of which hides entries; kept as evidence`,
      );
    }
    const held = heads.get(headKey(verdict.edge, statement.count));
    if (held !== undefined && held !== statement.head) {
      return refuse(
        'HEAD_MISMATCH',
        `the entries held fold to ${held} at count ${statement.count}; the statement says ${statement.head}`,
      );
    }
    firsts.set(key, first ?? signedOf(verdict));
    if (long === undefined || long.statement.tip < statement.tip) longest.set(member, signedOf(verdict));
    return verdict;
  });
  return { verdicts, contradictions };
}

async function loadFirsts(good: readonly JudgedStatement[], store: IntakeStore): Promise<Map<string, SignedStatement>> {
  const keys = good.map(({ statement, signer }) => ({ edge: statement.edge, count: statement.count, signer }));
  const held = keys.length === 0 ? [] : await store.loadSignedHeads(keys);
  const firsts = new Map<string, SignedStatement>();
  held.forEach((fact, at) => {
    const signed = good[at];
    if (fact !== undefined && signed !== undefined) firsts.set(keyOf(signed), fact.signed);
  });
  return firsts;
}

/** Returns the first statement of the highest count that each member of a batch signed for an edge. */
async function loadLongest(
  good: readonly JudgedStatement[],
  books: ReadonlyMap<Bytes32, EdgeBook>,
  store: IntakeStore,
): Promise<Map<string, SignedStatement>> {
  const members = new Map(good.map((one) => [memberKey(one), one]));
  const keys = [...members.values()].flatMap(({ edge, statement, signer }) => {
    const mark = books.get(edge)?.attesters.find(({ address }) => address === signer);
    return mark === undefined ? [] : [{ edge: statement.edge, count: mark.count, signer }];
  });
  const held = keys.length === 0 ? [] : await store.loadSignedHeads(keys);
  return new Map(held.flatMap((fact) => (fact === undefined ? [] : [[memberKey(fact.signed), fact.signed]])));
}

async function loadHeads(
  good: readonly JudgedStatement[],
  books: ReadonlyMap<Bytes32, EdgeBook>,
  store: IntakeStore,
): Promise<Map<string, Bytes32>> {
  const heads = new Map<string, Bytes32>();
  const wanted = new Map<Bytes32, bigint[]>();
  for (const { edge, statement } of good) {
    const position: JournalPosition | undefined = books.get(edge)?.position;
    if (position === undefined || statement.count > position.count || statement.count === 0n) continue;
    if (statement.count === position.count) heads.set(headKey(edge, position.count), position.head);
    else wanted.set(edge, [...(wanted.get(edge) ?? []), statement.count]);
  }
  for (const [edge, counts] of wanted) {
    for (const entry of await store.loadEntriesAt(edge, counts)) heads.set(headKey(edge, entry.index), entry.head);
  }
  return heads;
}

function keyOf({ statement, signer }: { statement: SignedStatement['statement']; signer: Address }): string {
  return `${headKey(statement.edge, statement.count)}:${signer}`;
}

function memberKey({ statement, signer }: Pick<SignedStatement, 'statement' | 'signer'>): string {
  return `${statement.edge}:${signer}`;
}

function headKey(edge: Bytes32, count: bigint): string {
  return `${edge}:${count}`;
}

function signedOf({ statement, signer, signature }: JudgedStatement): SignedStatement {
  return { statement, signer, signature };
}
