import { setTimeout as sleep } from 'node:timers/promises';
import { liquidationAuctionAbi } from '@surety/contracts';
import { type AccountId, address, mulDivDown } from '@surety/domain';
import type { Hex } from 'viem';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import {
  type Position,
  type RuleFigures,
  readBreaches,
  readPrice,
  withFixedBonus,
  withoutKeepers,
} from './other-rules.js';
import { readerOf } from './send.js';

/** Accounts that are tried in one call. */
const ACCOUNTS_TRIED_AT_ONCE = 100;

/** Gas limit of a keeper's largest batch of starts at a market: a block with less left may have no room for one, whatever it would use. */
const BATCH_GAS_LIMIT = 10_000_000n;

/** The bonus that liquidators of other markets get for a bitcoin, parts per million of what they repay. */
const FIXED_BONUS_PPM = 50_000n;

/** The auctions of a crash, as the chain's logs show them. */
export class CrashBook {
  readonly #network: LocalNetwork;
  readonly #positions: ReadonlyMap<AccountId, Position>;
  readonly #auction;
  /** Every account that was ever in auction. */
  readonly #sold = new Set<Hex>();
  /** Block times at which auctions started that still run. */
  readonly #runningSinceS = new Map<Hex, bigint>();
  /** Seconds from start to end, of each auction that ended. */
  readonly #ranS: number[] = [];
  /** Accounts whose auctions started, by block. */
  readonly #startedAt = new Map<bigint, readonly Hex[]>();
  /** Gas that blocks left unused. */
  readonly #gasLeft = new Map<bigint, bigint>();
  /** Times of blocks in seconds. */
  readonly #timeS = new Map<bigint, bigint>();
  #grossWad = 0n;
  /** Sum of gross values times their discounts, WAD and parts per million. */
  #weighted = 0n;
  #lossWad = 0n;
  #fills = 0;
  /** Newest block that was read. */
  #readTo = -1n;

  /** Follows the auctions of these accounts. */
  constructor(network: LocalNetwork, positions: ReadonlyMap<AccountId, Position>) {
    [this.#network, this.#positions] = [network, positions];
    const { auction } = network.plan.settlement;
    this.#auction = { address: address(auction), abi: liquidationAuctionAbi } as const;
  }

  /** Follows the settlement chain block by block until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    const reader = readerOf(this.#network, SETTLEMENT_CHAIN_ID);
    let next = await reader.getBlockNumber();
    while (!signal.aborted) {
      for (const head = await reader.getBlockNumber({ cacheTime: 0 }); next <= head; next++)
        await this.#readBlock(next);
      await sleep(200, undefined, { signal }).catch(() => undefined);
    }
  }

  async #readBlock(height: bigint): Promise<void> {
    const reader = readerOf(this.#network, SETTLEMENT_CHAIN_ID);
    const range = { ...this.#auction, fromBlock: height, toBlock: height } as const;
    const logs = await reader.getContractEvents(range);
    const { timestamp, gasLimit, gasUsed } = await reader.getBlock({ blockNumber: height });
    this.#gasLeft.set(height, gasLimit - gasUsed);
    this.#timeS.set(height, timestamp);
    const started: Hex[] = [];
    for (const { eventName, args } of logs) {
      const account = args as { readonly account?: Hex };
      if (account.account === undefined) continue;
      if (eventName === 'Started') {
        started.push(account.account);
        this.#sold.add(account.account);
        this.#runningSinceS.set(account.account, timestamp);
      } else if (eventName === 'Closed') {
        this.#ranS.push(Number(timestamp - (this.#runningSinceS.get(account.account) ?? timestamp)));
        this.#runningSinceS.delete(account.account);
      } else if (eventName === 'Taken') this.#countFill(args as TakenArgs);
    }
    this.#startedAt.set(height, started);
    this.#readTo = height;
  }

  /**
   * Counts by blocks how long auctions were due when they started: what would have started one block earlier was breached before that.
   * Trying thousands of starts would take the node from the keepers, so that it is done once all is over.
   */
  async #countDelays(): Promise<Pick<CrashFigures, 'startedAfter' | 'lateForRoom' | 'lateInBursts' | 'lateByTimeS'>> {
    const startedAfter: Record<number, number> = {};
    const breached = new Map<bigint, { all: number; late: number }>();
    let lateForRoom = 0;
    for (const [height, started] of this.#startedAt) {
      let due = started;
      for (let blocks = 1; due.length > 0; blocks++) {
        const at = height - BigInt(blocks);
        const earlier = await this.#startableOf(due, at - 1n);
        const count = due.length - earlier.length;
        startedAfter[blocks] = (startedAfter[blocks] ?? 0) + count;
        const { all, late } = breached.get(at) ?? { all: 0, late: 0 };
        breached.set(at, { all: all + count, late: blocks === 1 ? late : late + count });
        if (blocks === 1 && (this.#gasLeft.get(at) ?? 0n) < BATCH_GAS_LIMIT) lateForRoom += earlier.length;
        due = earlier;
      }
    }
    const lateInBursts: Record<number, number> = {};
    const lateByTimeS: Record<string, number> = {};
    for (const [at, { all, late }] of breached) {
      if (late === 0) continue;
      lateInBursts[all] = (lateInBursts[all] ?? 0) + late;
      const timeS = String((this.#timeS.get(at + 1n) ?? 0n) - (this.#timeS.get(at) ?? 0n));
      lateByTimeS[timeS] = (lateByTimeS[timeS] ?? 0) + late;
    }
    return { startedAfter, lateForRoom, lateInBursts, lateByTimeS };
  }

  /** Returns those of accounts that would start, by default now. */
  async #startableOf(accounts: readonly Hex[], blockNumber?: bigint): Promise<readonly Hex[]> {
    const startable: Hex[] = [];
    for (let from = 0; from < accounts.length; from += ACCOUNTS_TRIED_AT_ONCE) {
      const part = accounts.slice(from, from + ACCOUNTS_TRIED_AT_ONCE);
      const call = { ...this.#auction, functionName: 'startMany', args: [part], gas: 30_000_000n } as const;
      const reader = readerOf(this.#network, SETTLEMENT_CHAIN_ID);
      const { result } = await reader.simulateContract(blockNumber === undefined ? call : { ...call, blockNumber });
      startable.push(...part.filter((_, index) => (result[index] ?? 0n) > 0n));
    }
    return startable;
  }

  #countFill({ grossWad, ppm, lossWad }: TakenArgs): void {
    this.#fills += 1;
    this.#grossWad += grossWad;
    this.#weighted += grossWad * ppm;
    this.#lossWad += lossWad;
  }

  /** Accounts whose auctions have started so far. */
  get started(): number {
    return this.#sold.size;
  }

  progress(): string {
    return `${this.#sold.size} of ${this.#positions.size} accounts in auction; ${this.#runningSinceS.size} auctions run, ${this.#ranS.length} ended, ${this.#fills} fills`;
  }

  /** True once, as of one block, nothing is left to start and all that was started has ended. */
  async isDone(): Promise<boolean> {
    const head = await readerOf(this.#network, SETTLEMENT_CHAIN_ID).getBlockNumber({ cacheTime: 0 });
    if (this.#runningSinceS.size > 0) return false;
    const startable = await this.#startableOf([...this.#positions.keys()], head);
    return startable.length === 0 && this.#readTo >= head && this.#runningSinceS.size === 0;
  }

  /** Returns what other rules would have made of the same breaches at the same prices, up to the newest one. */
  async judgeOtherRules(): Promise<{ readonly fixedBonus: RuleFigures; readonly none: RuleFigures }> {
    const positionOf = (account: Hex): Position | undefined => this.#positions.get(account as AccountId);
    const breaches = await readBreaches(this.#network, this.#startedAt, positionOf);
    const none = withoutKeepers(breaches, await readPrice(this.#network));
    return { fixedBonus: withFixedBonus(breaches, FIXED_BONUS_PPM), none };
  }

  /** Returns the figures of everything that was followed. */
  async figures(): Promise<CrashFigures> {
    const sorted = this.#ranS.toSorted((a, b) => a - b);
    const at = (percent: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
    const grossWad = this.#grossWad === 0n ? 1n : this.#grossWad;
    // Before the delays, which keep the node from everybody else.
    const unstarted = (await this.#startableOf([...this.#positions.keys()])).length;
    return {
      started: this.#sold.size,
      ...(await this.#countDelays()),
      unstarted,
      ended: this.#ranS.length,
      running: this.#runningSinceS.size,
      fills: this.#fills,
      filledAfterS: { half: at(50), ninetyNine: at(99), last: at(100) },
      discountPpm: mulDivDown(this.#weighted, 1n, grossWad),
      lossWad: this.#lossWad,
    };
  }
}

/** The outcome of a crash. */
export interface CrashFigures {
  /** Accounts that were in auction, once or more often. */
  readonly started: number;
  /** The same by the number of blocks after the breach in which they started: in the next one by 1. */
  readonly startedAfter: Readonly<Record<number, number>>;
  /** Of those that started later, how many were held up by a block without room for a keeper's batch. */
  readonly lateForRoom: number;
  /** The later ones by how many accounts breached in the same block. */
  readonly lateInBursts: Readonly<Record<number, number>>;
  /** The later ones by the seconds from the block in which they breached to the next one: what keepers had. */
  readonly lateByTimeS: Readonly<Record<string, number>>;
  /** Accounts whose auction would start at the end and has not. */
  readonly unstarted: number;
  /** Auctions that ended, and those that still run. */
  readonly ended: number;
  readonly running: number;
  readonly fills: number;
  /** Seconds from an auction's start to its end: of half of them, of 99 in 100, of all. */
  readonly filledAfterS: { readonly half: number; readonly ninetyNine: number; readonly last: number };
  /** Mean discount on the gross value of what was sold, parts per million. */
  readonly discountPpm: bigint;
  /** Booked by protocols in fills, WAD. */
  readonly lossWad: bigint;
}

/** Fields of a fill that are counted. */
interface TakenArgs {
  readonly grossWad: bigint;
  /** Discount on it, parts per million. */
  readonly ppm: bigint;
  readonly lossWad: bigint;
}
