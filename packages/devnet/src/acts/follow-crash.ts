import { setTimeout as sleep } from 'node:timers/promises';
import { liquidationAuctionAbi } from '@surety/contracts';
import { type AccountId, address, mulDivDown } from '@surety/domain';
import type { Hex } from 'viem';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { readerOf } from './send.js';

/** Accounts that are tried in one call. */
const ACCOUNTS_TRIED_AT_ONCE = 100;

/** Gas limit of a keeper's batch of 16 starts: a block with less left has no room for one, whatever it would use. */
const BATCH_GAS_LIMIT = 8_500_000n;

/** The auctions of a crash, as the chain's logs show them. */
export class CrashBook {
  readonly #network: LocalNetwork;
  readonly #accounts: readonly AccountId[];
  readonly #auction;
  readonly #startedS = new Map<Hex, bigint>();
  readonly #filledS = new Map<Hex, bigint>();
  /** Accounts whose auctions started, by block. */
  readonly #startedAt = new Map<bigint, readonly Hex[]>();
  /** Gas that blocks left unused. */
  readonly #gasLeft = new Map<bigint, bigint>();
  #grossWad = 0n;
  /** Sum of gross values times their discounts, WAD and parts per million. */
  #weighted = 0n;
  #lossWad = 0n;
  #fills = 0;

  /** Follows the auctions of these accounts. */
  constructor(network: LocalNetwork, accounts: readonly AccountId[]) {
    [this.#network, this.#accounts] = [network, accounts];
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
    const started: Hex[] = [];
    for (const { eventName, args } of logs) {
      const account = args as { readonly account?: Hex };
      if (account.account === undefined) continue;
      if (eventName === 'Started') {
        started.push(account.account);
        this.#startedS.set(account.account, timestamp);
      } else if (eventName === 'Closed') this.#filledS.set(account.account, timestamp);
      else if (eventName === 'Taken') this.#countFill(args as TakenArgs);
    }
    this.#startedAt.set(height, started);
  }

  /**
   * Counts by blocks how long auctions were due when they started: what would have started one block earlier was breached before that.
   * Trying thousands of starts would take the node from the keepers, so that it is done once all is over.
   */
  async #countDelays(): Promise<{ readonly startedAfter: Map<number, number>; readonly lateForRoom: number }> {
    const startedAfter = new Map<number, number>();
    let lateForRoom = 0;
    for (const [height, started] of this.#startedAt) {
      let due = started;
      for (let blocks = 1; due.length > 0; blocks++) {
        const earlier = await this.#startableOf(due, height - BigInt(blocks) - 1n);
        startedAfter.set(blocks, (startedAfter.get(blocks) ?? 0) + due.length - earlier.length);
        if (blocks === 1 && (this.#gasLeft.get(height - 1n) ?? 0n) < BATCH_GAS_LIMIT) lateForRoom += earlier.length;
        due = earlier;
      }
    }
    return { startedAfter, lateForRoom };
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

  /** Auctions that have started so far. */
  get started(): number {
    return this.#startedS.size;
  }

  progress(): string {
    return `${this.#startedS.size} of ${this.#accounts.length} auctions started; ${this.#filledS.size} ended, ${this.#fills} fills`;
  }

  /** True once nothing is left to start and all that was started has ended. */
  async isDone(): Promise<boolean> {
    if (this.#filledS.size < this.#startedS.size) return false;
    return (await this.#startableOf(this.#accounts)).length === 0;
  }

  /** Returns the figures of everything that was followed. */
  async figures(): Promise<CrashFigures> {
    const waits = [...this.#filledS].map(([account, atS]) => Number(atS - (this.#startedS.get(account) ?? atS)));
    const sorted = waits.toSorted((a, b) => a - b);
    const at = (percent: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
    const grossWad = this.#grossWad === 0n ? 1n : this.#grossWad;
    const { startedAfter, lateForRoom } = await this.#countDelays();
    return {
      started: this.#startedS.size,
      startedAfter: Object.fromEntries(startedAfter),
      lateForRoom,
      unstarted: (await this.#startableOf(this.#accounts)).length,
      ended: this.#filledS.size,
      fills: this.#fills,
      filledAfterS: { half: at(50), ninetyNine: at(99), last: at(100) },
      discountPpm: mulDivDown(this.#weighted, 1n, grossWad),
      lossWad: this.#lossWad,
    };
  }
}

/** The outcome of a crash. */
export interface CrashFigures {
  readonly started: number;
  /** The same by the number of blocks after the breach in which they started: in the next one by 1. */
  readonly startedAfter: Readonly<Record<number, number>>;
  /** Of those that started later, how many were held up by a block without room for a keeper's batch. */
  readonly lateForRoom: number;
  /** Accounts whose auction would start at the end and has not. */
  readonly unstarted: number;
  readonly ended: number;
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
