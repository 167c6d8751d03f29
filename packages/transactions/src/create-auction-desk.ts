import { liquidationAuctionAbi, marketAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, bytes32 } from '@surety/domain';
import {
  type AuctionBid,
  type AuctionDesk,
  type AuctionBatchOutcome,
  type LandOutcome,
  TRANSACTION_GAS_MAX,
  type TransactionSender,
} from '@surety/workflows';
import { type Abi, encodeEventTopics, encodeFunctionData } from 'viem';
import type { ChainReads } from './chain-reads.js';
import type { JoinedReads } from './join-reads.js';
import { LEDGER_ERRORS } from './create-ledger.js';
import {
  createPauseReader,
  readAuctionAccount,
  readAuctionRecord,
  readAuctionTies,
  readRunningAuctions,
  readStartableAccounts,
  readTakerMargin,
  tryWriteOff,
} from './read-auction-account.js';
import { transactionError } from './errors.js';
import { ACCOUNT_GAS, BID_GAS, FURTHER_BID_GAS } from './limits.js';
import type { Rpc } from './rpc.js';
import { type StartGas, batchGas, createStartGas } from './start-gas.js';

/** Untyped: acts are encoded by name and take different arguments. */
const abi: Abi = liquidationAuctionAbi;

/** Custom errors of every contract of the project that an act of an auction can revert in; other protocols than markets have their own. */
export const AUCTION_ERRORS: Abi = [
  ...[...abi, ...marketAbi].filter((item) => item.type === 'error'),
  ...LEDGER_ERRORS,
];

/** Topic of `Started`, whose first argument is the account. */
const STARTED = encodeEventTopics({ abi: liquidationAuctionAbi, eventName: 'Started' })[0];

/** Topic of `Taken`, whose first argument is the account. */
const TAKEN = encodeEventTopics({ abi: liquidationAuctionAbi, eventName: 'Taken' })[0];

/** The ledger's auction, and what its acts are sent through. */
export interface AuctionDeskOptions {
  readonly rpc: Pick<Rpc, 'rotate'>;
  readonly reads: Pick<ChainReads, 'call' | 'readHead' | 'readEvents'>;
  /** For accounts that are read at once. */
  readonly joined?: JoinedReads;
  readonly sender: TransactionSender;
  readonly auction: Address;
  readonly ledger: Address;
  readonly lens: Address;
  /** For a keeper that only takes, the least discount that it takes, parts per million: its accounts are read without what it never does. */
  readonly takesFromPpm?: bigint;
}

/** The port of a keeper, and the check of its addresses. */
export interface CheckedAuctionDesk extends AuctionDesk {
  /** Requires that auction and ledger name each other. @throws AUCTION_MISMATCH, NO_AUCTION, NO_LEDGER: all retryable, at another provider. */
  requireTies(signal?: AbortSignal): Promise<void>;
}

/**
 * Creates the port through which a keeper reads and serves auctions. Each protocol of an account may use 3,900,000 gas to answer, and
 * the auction requires that much to be there: so only the chain's own limit bounds an act.
 */
export function createAuctionDesk(options: AuctionDeskOptions): CheckedAuctionDesk {
  const { rpc, sender } = options;
  const places = { ...options, caller: sender.address };
  const readPause = createPauseReader();
  const startGas = createStartGas();
  const readRecord = (account: Bytes32, signal?: AbortSignal) => readAuctionRecord(places, account, signal);
  return {
    readHead: async (signal) => {
      const { height, timestamp: timeS } = await options.reads.readHead('latest', signal);
      return { height, timeS };
    },
    readAccount: (account, signal) => readAuctionAccount({ ...places, readPause }, account, signal),
    readRunning: (accounts, signal) => readRunningAuctions(places, accounts, signal),
    readStarted: async ({ from, to }, signal) => {
      const logs = await options.reads.readEvents({ contract: options.auction, topic: STARTED, from, to }, signal);
      return logs.flatMap(({ topics: [, account] }) => (account === undefined ? [] : bytes32(account)));
    },
    readStartable: (accounts, signal) => readStartableAccounts(places, accounts, signal),
    readTaker: (account, signal) => readTakerMargin(places, account, signal),
    requireTies: (signal) => requireTies(options, readAuctionTies(places, signal)),
    start: (accounts, signal, isTried = false) =>
      startTogether({ ...options, startGas }, { accounts, isTried }, signal),
    touch: (auctions, signal) => {
      const accounts = auctions.map(({ account }) => account);
      const calldata = calldataOfAll(accounts.map((account) => auctionCalldata('touch', [account])));
      const gasLimit = batchGas(accounts.length, ACCOUNT_GAS);
      const call = { purpose: 'auction-touch', priority: 'upkeep', calldata, gasLimit } as const;
      const readServed = async (_: boolean, inner?: AbortSignal) => {
        const running = await readRunningAuctions(places, accounts, inner);
        const isServed = ({ account, record: seen }: (typeof auctions)[number]): boolean => {
          const now = running.get(account);
          return now === undefined || now.startedAt !== seen.startedAt || now.seenAt > seen.seenAt;
        };
        return new Set(auctions.filter(isServed).map(({ account }) => account));
      };
      return landBatch(options, { call, accounts, readServed }, signal);
    },
    bid: (bid, signal) => {
      const { account } = bid;
      const calldata = bidCalldata(bid);
      // Where the auction is over there is nothing left to take, whoever took it.
      const readEffect = async (inner?: AbortSignal) => (await readRecord(account, inner)) === null;
      return landBid(options, { purpose: 'auction-bid', priority: 'liquidation', calldata, readEffect }, signal);
    },
    bidTogether: (bids, signal) => bidTogether(options, bids, signal),
    close: (account, signal) => {
      const calldata = auctionCalldata('close', [account]);
      const readEffect = async (inner?: AbortSignal) => (await readRecord(account, inner)) === null;
      return landOnce(options, { purpose: 'auction-close', priority: 'upkeep', calldata, readEffect }, signal);
    },
    writeOff: (account, protocol, signal) => {
      const calldata = auctionCalldata('writeOff', [account, protocol]);
      // A loss that was booked is booked as 0 from then on.
      const readEffect = async (inner?: AbortSignal) => {
        const lossWad = await tryWriteOff(places, { account, protocol }, inner);
        return lossWad === null || lossWad === 0n;
      };
      return landOnce(options, { purpose: 'auction-write-off', priority: 'upkeep', calldata, readEffect }, signal);
    },
    distrustProvider: () => rpc.rotate(),
  };
}

/** Encodes a call of the auction. */
export function auctionCalldata(
  functionName: 'startMany' | 'touch' | 'tryMany' | 'bid' | 'close' | 'writeOff',
  args: readonly unknown[],
): Hex {
  return encodeFunctionData({ abi, functionName, args });
}

/** Encodes acts of which those that are refused are passed over. One goes by itself, so that a refusal names its reason. */
function calldataOfAll(acts: readonly Hex[]): Hex {
  const [only] = acts;
  return only !== undefined && acts.length === 1 ? only : auctionCalldata('tryMany', [acts]);
}

function bidCalldata({ account, protocol, to, terms }: AuctionBid): Hex {
  return auctionCalldata('bid', [account, protocol, to, { ...terms, leastPpm: Number(terms.leastPpm) }, '0x']);
}

interface AuctionCall {
  readonly purpose: string;
  readonly priority: 'liquidation' | 'upkeep';
  readonly calldata: Hex;
  readonly readEffect: (signal?: AbortSignal) => Promise<boolean>;
  readonly gasLimit?: bigint;
  readonly isTried?: boolean;
  readonly isPressing?: boolean;
}

interface AuctionBatch {
  readonly call: Omit<AuctionCall, 'readEffect'>;
  readonly accounts: readonly Bytes32[];
  /** Returns the accounts for which nothing is left to do, whoever did it, or as far as can be seen this key. */
  readonly readServed: (isOurs: boolean, signal?: AbortSignal) => Promise<ReadonlySet<Bytes32>>;
}

/** Lands one transaction for several accounts, unless somebody else served them all, and says which are served. */
async function landBatch(
  options: AuctionDeskOptions,
  { call, accounts, readServed }: AuctionBatch,
  signal?: AbortSignal,
): Promise<AuctionBatchOutcome> {
  const readEffect = async (inner?: AbortSignal) => {
    const served = await readServed(false, inner);
    return accounts.every((account) => served.has(account));
  };
  const outcome = await landOnce(options, { ...call, readEffect }, signal);
  return { outcome, served: outcome.kind === 'landed' ? await readServed(true, signal) : new Set() };
}

/** Starts auctions in one transaction, with the gas that starts take. */
async function startTogether(
  options: AuctionDeskOptions & { readonly startGas: StartGas },
  { accounts, isTried }: { readonly accounts: readonly Bytes32[]; readonly isTried: boolean },
  signal?: AbortSignal,
): Promise<AuctionBatchOutcome> {
  const { sender, startGas } = options;
  const calldata = auctionCalldata('startMany', [accounts]);
  // What failed, or stood beside what failed, may be dearer than the last accounts were.
  const gasLimit = isTried ? startGas.limitOf(accounts.length) : batchGas(accounts.length, ACCOUNT_GAS);
  // Bids fill blocks in a crash, and none of them is possible before a start.
  const purpose = { purpose: 'auction-start', priority: 'liquidation', isPressing: true } as const;
  const readServed = async (isOurs: boolean, inner?: AbortSignal) => {
    const running = [...(await readRunningAuctions({ ...options, caller: sender.address }, accounts, inner))];
    const served = running.filter(([, { starter }]) => !isOurs || starter === sender.address);
    return new Set(served.map(([account]) => account));
  };
  const call = { ...purpose, calldata, gasLimit, isTried };
  const batch = await landBatch(options, { call, accounts, readServed }, signal);
  startGas.learn(batch, accounts.length);
  return batch;
}

/**
 * Lands a bid with the gas that nearly every bid has enough of: it is tried once, where an estimate tries it with half a dozen limits. What is
 * refused with so much is estimated.
 */
async function landBid(options: AuctionDeskOptions, call: AuctionCall, signal?: AbortSignal): Promise<LandOutcome> {
  const outcome = await landOnce(options, { ...call, gasLimit: BID_GAS }, signal);
  return outcome.kind === 'refused' ? landOnce(options, call, signal) : outcome;
}

/** Lands bids for several accounts, and says which of them took something, as logs show. */
async function bidTogether(
  options: AuctionDeskOptions,
  bids: readonly AuctionBid[],
  signal?: AbortSignal,
): Promise<AuctionBatchOutcome> {
  const { reads, auction, sender } = options;
  const accounts = bids.map(({ account }) => account);
  const calldata = calldataOfAll(bids.map(bidCalldata));
  const gasLimit = BID_GAS + FURTHER_BID_GAS * BigInt(bids.length - 1);
  const places = { ...options, caller: sender.address };
  const readEffect = async (inner?: AbortSignal) => (await readRunningAuctions(places, accounts, inner)).size === 0;
  const call = { purpose: 'auction-bids', priority: 'liquidation', calldata, gasLimit, readEffect } as const;
  const outcome = await landOnce(options, call, signal);
  if (outcome.kind !== 'landed') return { outcome, served: new Set() };
  const { height } = outcome;
  const asked = reads.readEvents({ contract: auction, topic: TAKEN, from: height, to: height }, signal);
  const ours = (await asked.catch(() => [])).filter(({ txHash }) => txHash === outcome.txHash);
  const taken = new Set(ours.map(({ topics: [, account] }) => account));
  // Where none took anything, nothing lands: a provider without an event of it does not have the block yet. Until it is read again, all took.
  return { outcome, served: new Set(accounts.filter((account) => taken.size === 0 || taken.has(account))) };
}

/** Lands an act; one that is refused since somebody else was faster is overtaken. */
async function landOnce(
  { sender, auction: to }: AuctionDeskOptions,
  call: AuctionCall,
  signal?: AbortSignal,
): Promise<LandOutcome> {
  const outcome = await sender.land({ ...call, to, gasCeiling: TRANSACTION_GAS_MAX }, signal);
  if (outcome.kind !== 'refused' || !(await call.readEffect(signal))) return outcome;
  return { kind: 'overtaken', detail: outcome.detail };
}

async function requireTies(
  { auction, ledger }: AuctionDeskOptions,
  reading: ReturnType<typeof readAuctionTies>,
): Promise<void> {
  const named = await reading;
  if (named.ledger === ledger && named.auction === auction) return;
  throw transactionError(
    'AUCTION_MISMATCH',
    `auction ${auction} sells lines of ${named.ledger}, and ledger ${ledger} names auction ${named.auction}; expected that they name each other; check settlement.auction in chains.config.json`,
    { auction, ledger },
  );
}
