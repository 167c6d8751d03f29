import type { Network } from '@surety/config';
import { collateralLedgerAbi, feedAdapterAbi, riskManagerAbi } from '@surety/contracts';
import { type Address, type Bytes32, address } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, type PublicClient, parseEventLogs } from 'viem';
import type { ActTarget } from '../acts/find-target.js';

/** A risk manager's facts of one slot. @source IRiskManager.CachedPrice */
export interface SlotFacts {
  readonly slot: number;
  /** The zero address if the slot is not listed. */
  readonly feed: Address;
  readonly maxAgeS: number;
  /** Of a whole token, scaled 1e12. */
  readonly price: bigint;
  readonly confPpm: number;
  /** Seconds; 0 if no price was accepted yet. */
  readonly observedAt: number;
}

/** A feed's present answer: the time of its observation in seconds, or the reason why there is none. */
export type FeedAnswer = { readonly observedAt: number } | { readonly refusal: string };

/** The worth of a line or an account, in WAD, with its status bits. */
export interface Worth {
  readonly of: string;
  readonly initialWad: bigint;
  readonly exitWad: bigint;
  readonly maintenanceWad: bigint;
  readonly status: bigint;
}

/** A ledger's risk managers: the present one, and the scheduled one, which weighs once it is adopted. */
export interface WeighingFacts {
  readonly present: Address;
  /** Missing if none is to take over; `at`: time in seconds from which on anyone may adopt it. */
  readonly named?: { readonly next: Address; readonly at: bigint };
}

type Settlement = NonNullable<Network['settlement']>;

/** Whole tokens in the line that each asset is tried with: enough for every figure to have digits to differ in. */
const TRIED_TOKENS = 1_000n;

/** Reads who weighs the ledger's lines, and who is to. */
export async function readWeighing({ reader, contract }: ActTarget): Promise<WeighingFacts> {
  const ledger = { address: contract, abi: collateralLedgerAbi } as const;
  const [present, [next, at]] = await Promise.all([
    reader.readContract({ ...ledger, functionName: 'riskManager' }),
    reader.readContract({ ...ledger, functionName: 'riskManagerNext' }),
  ]);
  const facts = { present: address(present.toLowerCase()) };
  return at === 0 ? facts : { ...facts, named: { next: address(next.toLowerCase()), at: BigInt(at) } };
}

/**
 * Finds every slot that a risk manager lists: those of its own events and, since a provider may omit events, those that
 * the configuration and the ledger's assets name.
 */
export async function findSlots(home: ActTarget, manager: Address, settlement: Settlement): Promise<number[]> {
  const [listed, used] = await Promise.all([readListings(home, manager, settlement), readUsedSlots(home)]);
  const all = [...new Set([...listed, ...used, ...settlement.underlyings.map(({ id }) => id)])];
  const facts = await readSlots(home.reader, manager, all);
  return facts
    .filter(({ feed }) => BigInt(feed) !== 0n)
    .map(({ slot }) => slot)
    .toSorted((left, right) => left - right);
}

async function readListings(
  { reader, chain }: ActTarget,
  manager: Address,
  { fromBlock }: Settlement,
): Promise<number[]> {
  const newest = (await reader.getBlock()).number;
  const range = BigInt(chain.limits.logRangeMax);
  const slots: number[] = [];
  for (let from = BigInt(fromBlock); from <= newest; from += range) {
    const last = from + range - 1n;
    const raw = await reader.getLogs({ address: manager, fromBlock: from, toBlock: last < newest ? last : newest });
    const logs = parseEventLogs({ abi: riskManagerAbi, logs: raw, eventName: 'FeedListed' });
    slots.push(...logs.map(({ args }) => args.slot));
  }
  return slots;
}

async function readUsedSlots({ reader, contract }: ActTarget): Promise<number[]> {
  const ledger = { address: contract, abi: collateralLedgerAbi } as const;
  const ids = await readAssetIds(reader, contract);
  const assets = await Promise.all(
    ids.map((id) => reader.readContract({ ...ledger, functionName: 'assetOf', args: [id] })),
  );
  return assets.flatMap(({ terms }) => [terms.underlying, terms.ownPrice]).filter((slot) => slot !== 0);
}

async function readAssetIds(reader: PublicClient, ledger: Address): Promise<number[]> {
  const contract = { address: ledger, abi: collateralLedgerAbi } as const;
  const count = await reader.readContract({ ...contract, functionName: 'assetCount' });
  return Array.from({ length: count }, (_, at) => at + 1);
}

/** Reads slots of a risk manager, at a given block or the newest one. */
export async function readSlots(
  reader: PublicClient,
  manager: Address,
  slots: readonly number[],
  blockNumber?: bigint,
): Promise<SlotFacts[]> {
  const at = { address: manager, abi: riskManagerAbi, ...(blockNumber === undefined ? {} : { blockNumber }) } as const;
  return Promise.all(
    slots.map(async (slot) => {
      const [feed, { maxAgeS, price, confPpm, observedAt }] = await Promise.all([
        reader.readContract({ ...at, functionName: 'feedOf', args: [slot] }),
        reader.readContract({ ...at, functionName: 'priceOf', args: [slot] }),
      ]);
      return { slot, feed: address(feed.toLowerCase()), maxAgeS, price, confPpm, observedAt };
    }),
  );
}

/** Reads a feed's present answer. */
export async function readFeed(reader: PublicClient, feed: Address): Promise<FeedAnswer> {
  try {
    const [, , observedAt] = await reader.readContract({ address: feed, abi: feedAdapterAbi, functionName: 'read' });
    return { observedAt };
  } catch (failure) {
    const reverted =
      failure instanceof BaseError ? failure.walk((inner) => inner instanceof ContractFunctionRevertedError) : null;
    // A failing provider is no answer of the feed.
    if (!(reverted instanceof ContractFunctionRevertedError)) throw failure;
    return { refusal: reverted.data?.errorName ?? reverted.signature ?? reverted.shortMessage };
  }
}

/**
 * Asks a risk manager to weigh a line of each of the ledger's assets, with the ledger's own words, and the lines of
 * accounts, all at one block.
 */
export async function readWorth(
  { reader, contract }: ActTarget,
  manager: Address,
  { accounts, blockNumber }: { readonly accounts: readonly Bytes32[]; readonly blockNumber: bigint },
): Promise<Worth[]> {
  const ledger = { address: contract, abi: collateralLedgerAbi, blockNumber } as const;
  const risk = { address: manager, abi: riskManagerAbi, blockNumber } as const;
  const ids = await readAssetIds(reader, contract);
  const lines = await Promise.all(
    ids.map(async (id) => {
      const [[asset, source], { terms }] = await Promise.all([
        reader.readContract({ ...ledger, functionName: 'termWordsOf', args: [id] }),
        reader.readContract({ ...ledger, functionName: 'assetOf', args: [id] }),
      ]);
      return { line: TRIED_TOKENS * 10n ** BigInt(terms.decimals), asset, source };
    }),
  );
  const weighed = await reader.readContract({ ...risk, functionName: 'breakdown', args: [lines] });
  const ofAccounts = await Promise.all(
    accounts.map(async (account) => {
      const [, words] = await reader.readContract({ ...ledger, functionName: 'lineWordsOf', args: [account] });
      const sums = await reader.readContract({ ...risk, functionName: 'margin', args: [words] });
      return { of: `account ${account}`, ...plainWorth(sums) };
    }),
  );
  return [
    ...weighed.map((one, at) => ({ of: `${TRIED_TOKENS} of asset ${ids[at] ?? 0}`, ...plainWorth(one) })),
    ...ofAccounts,
  ];
}

/** Reads the ledger's own margins of accounts at one block. */
export async function readMargins(
  { reader, contract }: ActTarget,
  { accounts, blockNumber }: { readonly accounts: readonly Bytes32[]; readonly blockNumber: bigint },
): Promise<Worth[]> {
  const ledger = { address: contract, abi: collateralLedgerAbi, blockNumber } as const;
  return Promise.all(
    accounts.map(async (account) => {
      const answer = await reader.readContract({ ...ledger, functionName: 'marginOf', args: [account] });
      const [initialWad, , exitWad, , maintenanceWad, , status] = answer;
      return { of: `account ${account}`, initialWad, exitWad, maintenanceWad, status };
    }),
  );
}

function plainWorth({ initialWad, exitWad, maintenanceWad, status }: Omit<Worth, 'of'>): Omit<Worth, 'of'> {
  return { initialWad, exitWad, maintenanceWad, status };
}
