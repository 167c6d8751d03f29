import { type Bytes32, blockHeight } from '@surety/domain';
import type { AuctionDesk, AuctionRecord, ChainHead } from '../ports/auctions.js';
import { type ServingMemory, inOwnOrder, nextOf } from './choose-served.js';
import { BLOCKS_FOLLOWED_MAX, BLOCKS_READ_AGAIN, RECORDS_IN_TURN } from './limits.js';

/** The memory of a keeper of the auctions that run. */
export interface RunningMemory {
  /** The last block at which they were read; null before the first. */
  head: ChainHead | null;
  running: ReadonlyMap<Bytes32, AuctionRecord>;
  /** Accounts that were listed then, and those whose auctions logs said had begun. */
  listed: ReadonlySet<Bytes32>;
  began: ReadonlySet<Bytes32>;
  /** The last account whose record was read in turn. */
  lastInTurn: Bytes32 | undefined;
}

/** Returns the memory of a keeper that has read no record. */
export function freshRunningMemory(): RunningMemory {
  return { head: null, running: new Map(), listed: new Set(), began: new Set(), lastInTurn: undefined };
}

/**
 * Returns the accounts of a list and, in order among them, those whose auction runs. A list is older than the last auction; and an account
 * that recovers leaves the lists, and its clock would stand open for its next breach: whoever saw the auction closes it.
 */
export function withRunning(
  { running }: Pick<RunningMemory, 'running'>,
  { listed, serving }: { readonly listed: readonly Bytes32[]; readonly serving: Pick<ServingMemory, 'place'> },
): readonly Bytes32[] {
  const known = new Set(listed);
  const left = [...running.keys()].filter((account) => !known.has(account));
  if (left.length === 0) return listed;
  return inOwnOrder(serving, [...listed, ...left], (account) => account);
}

/** Returns the accounts whose auctions logs say have begun since the last block, or in the newest blocks; undefined without an answer. */
export function readBegan(
  desk: Pick<AuctionDesk, 'readStarted'>,
  memory: Pick<RunningMemory, 'head'>,
  head: ChainHead,
  signal?: AbortSignal,
): Promise<readonly Bytes32[] | undefined> {
  const first = isNear(memory.head, head) ? memory.head.height - BLOCKS_READ_AGAIN : head.height - BLOCKS_FOLLOWED_MAX;
  const blocks = { from: blockHeight(first > 0n ? first : 0n), to: head.height };
  // A provider without logs has records all the same; one that has neither says so there.
  return desk.readStarted(blocks, signal).catch(() => undefined);
}

/** Returns the accounts whose auctions run as far as logs say: those that ran at the last look, and those that began since. */
export function runningByLogs(
  { running, began: known }: Pick<RunningMemory, 'running' | 'began'>,
  began: readonly Bytes32[] | undefined,
): ReadonlySet<Bytes32> {
  // Logs of some blocks are read again: what began there and runs no more may be due anew.
  return new Set([...running.keys(), ...(began ?? []).filter((account) => !known.has(account))]);
}

/**
 * Reads the running auctions at a new block: of those that logs say have begun, on the list or not, that ran, or that were not listed
 * before; and of others of the list in turn, since a provider may leave out logs.
 * @throws the desk's errors.
 */
export async function readRunningListed(
  desk: Pick<AuctionDesk, 'readRunning'>,
  memory: RunningMemory,
  at: {
    /** In the keeper's own order. */
    readonly listed: readonly Bytes32[];
    readonly began: readonly Bytes32[] | undefined;
    readonly head: ChainHead;
    readonly serving: Pick<ServingMemory, 'place'>;
  },
  signal?: AbortSignal,
): Promise<ReadonlyMap<Bytes32, AuctionRecord>> {
  const { listed, began, head, serving } = at;
  const inTurn = nextOf(serving, listed, { after: memory.lastInTurn, most: RECORDS_IN_TURN });
  const follows = isNear(memory.head, head);
  const known = new Set(listed);
  const isWanted = wantedOf(memory, new Set([...inTurn, ...(began ?? [])]));
  const unlisted = new Set((began ?? []).filter((account) => !known.has(account)));
  const wanted = [...(follows && began !== undefined ? listed.filter(isWanted) : listed), ...unlisted];
  const running = await desk.readRunning(wanted, signal);
  memory.lastInTurn = inTurn.at(-1);
  [memory.listed, memory.began] = [known, new Set(began)];
  [memory.head, memory.running] = [head, running];
  return running;
}

function wantedOf({ running, listed }: RunningMemory, named: ReadonlySet<Bytes32>): (account: Bytes32) => boolean {
  return (account) => named.has(account) || running.has(account) || !listed.has(account);
}

/** True if the logs since the last block are few enough to be read at once. */
function isNear(last: ChainHead | null, { height: to }: ChainHead): last is ChainHead {
  return last !== null && to >= last.height && to - last.height <= BLOCKS_FOLLOWED_MAX;
}
