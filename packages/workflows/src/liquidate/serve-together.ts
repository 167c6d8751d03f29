import { type Bytes32, mulDivDown } from '@surety/domain';
import type { AuctionBatchOutcome, AuctionDesk, SeenAuction, StartableAccount } from '../ports/auctions.js';
import type { Observer } from '../ports/observer.js';
import { ACCOUNTS_PER_TRANSACTION, ACCOUNTS_TRIED_AT_ONCE, IDLE_PARTS_MAX, PARTS_TRIED_AT_ONCE } from './limits.js';

/** Where many accounts are served in one transaction, and who is told. */
export interface TogetherDeps {
  readonly desk: Pick<AuctionDesk, 'readStartable' | 'start' | 'touch'>;
  readonly observer: Observer;
  readonly policy: { readonly burdenMinWad: bigint };
}

/** Accounts that an act refused even alone, with the name of its error. */
export type RefusedAccounts = ReadonlyMap<Bytes32, string>;

/** Accounts without an auction that may be unhealthy. */
export interface IdleAccounts {
  /** By the health that their source says, least first. */
  readonly byHealth: readonly Bytes32[];
  /** Some of the same accounts, tried whatever their source says. */
  readonly inTurn: readonly Bytes32[];
  /** So many may be started now. */
  readonly most: number;
}

/**
 * Returns accounts whose auctions would start now and are worth the gas: of the least healthy ones, up to two parts of which none would or
 * until enough are found, and of those whose turn it is. Parts are tried some at a time: what is found late in a block starts a block later.
 * @throws the desk's errors.
 */
export async function findStartable(
  { desk, policy }: Pick<TogetherDeps, 'desk' | 'policy'>,
  { byHealth, inTurn, most }: IdleAccounts,
  signal?: AbortSignal,
): Promise<readonly StartableAccount[]> {
  const found = new Map<Bytes32, StartableAccount>();
  const tryThem = async (accounts: readonly Bytes32[]): Promise<number> => {
    const startable = await desk.readStartable(accounts, signal);
    for (const one of startable) if (one.requiredWad >= policy.burdenMinWad) found.set(one.account, one);
    return startable.length;
  };
  const turn = tryThem(inTurn);
  // Awaited last: it must not go unheard where another part fails first.
  turn.catch(() => undefined);
  for (let [from, idle] = [0, 0]; from < byHealth.length && found.size < most && idle < IDLE_PARTS_MAX;) {
    const parts = Array.from({ length: PARTS_TRIED_AT_ONCE }, (_, at) => from + at * ACCOUNTS_TRIED_AT_ONCE)
      .filter((first) => first < byHealth.length)
      .map((first) => tryThem(byHealth.slice(first, first + ACCOUNTS_TRIED_AT_ONCE)));
    for (const count of await Promise.all(parts)) idle = count > 0 ? 0 : idle + 1;
    from += PARTS_TRIED_AT_ONCE * ACCOUNTS_TRIED_AT_ONCE;
  }
  await turn;
  return [...found.values()];
}

/** Accounts to start, so many in a transaction; the doubted ones are tried before they are sent. */
export interface StartBatches {
  readonly startable: readonly StartableAccount[];
  readonly perTransaction: number;
  readonly isDoubted: (account: Bytes32) => boolean;
}

/** Returns how many accounts one transaction starts, where there are so many transactions for all of them. */
export function startsPerTransaction(accounts: number, transactions: number): number {
  const { usual, most } = ACCOUNTS_PER_TRANSACTION;
  return Math.min(most, Math.max(usual, Math.ceil(accounts / transactions)));
}

/**
 * Starts auctions of accounts that were just found startable: they are tried again only where one is doubted or an act failed.
 * @throws the desk's errors.
 */
export async function startTogether(
  { desk, observer }: Pick<TogetherDeps, 'desk' | 'observer'>,
  { startable, perTransaction, isDoubted }: StartBatches,
  signal?: AbortSignal,
): Promise<RefusedAccounts> {
  const requirements = new Map(startable.map(({ account, requiredWad }) => [account, requiredWad]));
  const act: ActTogether = {
    name: 'auction-started',
    fieldsOf: (account) => ({ account, requirement: requirements.get(account) ?? 0n, act: 'start' }),
    land: (part, isWhole) => desk.start(part, signal, isWhole && !part.some(isDoubted)),
  };
  // The doubted ones last, so that they share their part with as few as can be.
  const accounts = [...requirements.keys()];
  const inOrder = [...accounts.filter((one) => !isDoubted(one)), ...accounts.filter(isDoubted)];
  return landTogether(inOrder, { act, perTransaction }, observer);
}

/** Touches auctions. @throws the desk's errors. */
export async function touchTogether(
  { desk, observer }: TogetherDeps,
  auctions: readonly SeenAuction[],
  signal?: AbortSignal,
): Promise<RefusedAccounts> {
  const seen = new Map(auctions.map((auction) => [auction.account, auction]));
  const seenOf = (part: readonly Bytes32[]) => part.flatMap((account) => seen.get(account) ?? []);
  const act: ActTogether = {
    name: 'auction-touched',
    fieldsOf: (account) => ({ account, act: 'touch' }),
    land: (part) => desk.touch(seenOf(part), signal),
  };
  return landTogether([...seen.keys()], { act, perTransaction: ACCOUNTS_PER_TRANSACTION.usual }, observer);
}

interface ActTogether {
  readonly name: 'auction-started' | 'auction-touched';
  readonly fieldsOf: (account: Bytes32) => Readonly<Record<string, string | bigint>>;
  /** Lands the act for a part, which is whole unless it is what a part that failed was halved to. */
  readonly land: (part: readonly Bytes32[], isWhole: boolean) => Promise<AuctionBatchOutcome>;
}

/** Lands an act for accounts, in parts. A part that fails is halved, so that one hostile protocol holds up no other account. */
async function landTogether(
  accounts: readonly Bytes32[],
  { act, perTransaction }: { readonly act: ActTogether; readonly perTransaction: number },
  observer: Observer,
): Promise<RefusedAccounts> {
  const refused = new Map<Bytes32, string>();
  const errors: unknown[] = [];
  const land = async (part: readonly Bytes32[], isWhole: boolean): Promise<void> => {
    const { outcome, served } = await act.land(part, isWhole);
    if (outcome.kind === 'landed' || outcome.kind === 'overtaken')
      return tellServed(part, { act, outcome, served }, observer);
    const [only] = part;
    if (part.length === 1 && only !== undefined) return void refused.set(only, outcome.name);
    const middle = part.length >> 1;
    await land(part.slice(0, middle), false);
    await land(part.slice(middle), false);
  };
  const parts: Promise<void>[] = [];
  for (let from = 0; from < accounts.length; from += perTransaction) {
    const part = accounts.slice(from, from + perTransaction);
    parts.push(land(part, true).catch((error: unknown) => void errors.push(error)));
  }
  await Promise.all(parts);
  if (errors.length > 0) throw errors[0];
  return refused;
}

type Landing = AuctionBatchOutcome['outcome'];

function tellServed(
  part: readonly Bytes32[],
  {
    act,
    outcome,
    served,
  }: { readonly act: ActTogether; readonly outcome: Landing; readonly served: ReadonlySet<Bytes32> },
  observer: Observer,
): void {
  for (const account of part.filter((one) => !served.has(one))) {
    const detail = outcome.kind === 'overtaken' ? outcome.detail : `${outcome.kind} after somebody else's`;
    observer.observe({ name: 'auction-overtaken', level: 'debug', fields: { ...act.fieldsOf(account), detail } });
  }
  if (outcome.kind !== 'landed') return;
  const done = part.filter((account) => served.has(account));
  for (const [index, account] of done.entries()) {
    const fields = {
      ...act.fieldsOf(account),
      tx_hash: outcome.txHash,
      gas_used: shareOf(outcome.gasUsed, done.length, index),
      fee_wei: shareOf(outcome.feeWei, done.length, index),
    };
    observer.observe({ name: act.name, level: 'info', fields });
  }
}

/** Returns one account's part of a cost; the first bears what does not divide. */
export function shareOf(cost: bigint, count: number, index: number): bigint {
  const part = mulDivDown(cost, 1n, BigInt(count));
  return index === 0 ? cost - part * BigInt(count - 1) : part;
}
