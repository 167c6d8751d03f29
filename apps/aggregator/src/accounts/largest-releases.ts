import type { ReleaseBoundName } from '@surety/api';
import { MARGIN_STATUS, REQUIREMENT_INFINITE, type MarginWord, largestReleaseOf } from '@surety/margin';
import { type LineFact, type ReleaseVerdict, weighAccount } from '@surety/workflows';
import type { AccountAtBlock } from './account-margins.js';

/** A line to release from, with what bounds a release of it. */
export interface BoundedRelease {
  readonly account: AccountAtBlock;
  readonly assetId: number;
  /** Smallest release in token units, unless it takes the whole line. */
  readonly minimum: bigint;
  /** Largest payment of the vault in token units; undefined while it does not answer. */
  readonly payable: bigint | undefined;
  /** Verdict of the ledger on an amount at the account's block. */
  readonly tryAmount: (amount: bigint) => Promise<ReleaseVerdict>;
}

/** The largest release in token units, and what keeps more from leaving. */
export interface BoundRelease {
  readonly maxAmount: bigint;
  readonly maxBound: ReleaseBoundName;
}

/** Amounts that the ledger is asked about before none is shown: each costs a quorum of providers one call. */
const TRIES_MAX = 3;

/**
 * Returns the largest amount that may leave, confirmed by the ledger. The engine finds it at folded prices; the ledger renews
 * them first, so that it may see less margin: then what it lacks is left twice over and it is asked again.
 */
export async function findLargestRelease(asked: BoundedRelease): Promise<BoundRelease> {
  let lackingWad = 0n;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { maxAmount, maxBound } = largestByEngine(asked, lackingWad);
    if (maxAmount === 0n) return { maxAmount, maxBound };
    const verdict = await asked.tryAmount(maxAmount);
    if (verdict.kind === 'allowed') return { maxAmount, maxBound };
    const short = shortOf(verdict);
    if (short === undefined) return { maxAmount: 0n, maxBound: 'refused' };
    lackingWad += 2n * short;
  }
  return { maxAmount: 0n, maxBound: 'unconfirmed' };
}

/** Returns an account without an amount of one line. A release that takes the whole of it disables it. */
export function withoutAmount(account: AccountAtBlock, assetId: number, amount: bigint): AccountAtBlock {
  const lines = account.lines.map((line) => {
    if (line.assetId !== assetId) return line;
    return { ...line, amount: line.amount > amount ? line.amount - amount : 0n };
  });
  return { ...account, lines };
}

/** Returns the part of a line that may leave at a time in seconds. */
export function seasonedOf(line: LineFact | undefined, timestamp: bigint): bigint {
  if (line === undefined) return 0n;
  const { amount, unseasoned, seasonEnd } = line;
  if (timestamp >= seasonEnd) return amount;
  return amount > unseasoned ? amount - unseasoned : 0n;
}

function largestByEngine({ account, assetId, minimum, payable }: BoundedRelease, lackingWad: bigint): BoundRelease {
  const line = account.lines.find((one) => one.assetId === assetId);
  const held = line?.amount ?? 0n;
  const { amount, bound } = largestReleaseOf({
    held,
    seasoned: seasonedOf(line, account.snapshot.block.timestamp),
    minimum,
    afterRelease: (units) => {
      // A line that does not count changes no margin.
      if (line?.enabled !== true) return 'allowed';
      return wordOf(withoutAmount(account, assetId, units), lackingWad);
    },
  });
  if (payable === undefined || amount <= payable) return { maxAmount: amount, maxBound: bound };
  return payable < minimum ? { maxAmount: 0n, maxBound: 'minimum' } : { maxAmount: payable, maxBound: 'vault' };
}

/** Verdict of the ledger's check of the initial grade on an account. @source LedgerGate.sol `_requireMargin` */
function wordOf({ lines, snapshot, required }: AccountAtBlock, lackingWad: bigint): MarginWord {
  const requirement = required?.initialRequirement ?? 0n;
  if (requirement === REQUIREMENT_INFINITE) return 'unanswered';
  if (requirement === 0n) return 'allowed';
  // The ledger's own word of faults is of the lines as they are, so that only the engine's counts here.
  const { margin } = weighAccount(lines, snapshot);
  if ((margin.status & MARGIN_STATUS.UNANSWERED) !== 0n) return 'price-missing';
  return margin.grades.initial.assets >= requirement + lackingWad ? 'allowed' : 'margin';
}

function shortOf(verdict: ReleaseVerdict): bigint | undefined {
  if (verdict.kind === 'allowed' || verdict.code !== 'MarginTooLow') return undefined;
  const valueOf = (name: string): bigint => BigInt(verdict.values.find((one) => one.name === name)?.value ?? 0n);
  const short = valueOf('requiredWad') - valueOf('assetsWad');
  return short > 0n ? short : undefined;
}
