import {
  AppError,
  type Address,
  type BlockHeight,
  type Bytes32,
  type TxHash,
  WAD,
  address,
  bytes32,
} from '@surety/domain';
import type {
  AuctionAccount,
  AuctionBid,
  AuctionDesk,
  AuctionOffer,
  AuctionRecord,
  AuctionBatchOutcome,
  ChainHead,
  SeenAuction,
  StartableAccount,
  TakerMargin,
} from '../ports/auctions.js';
import type { BidPolicy } from '../liquidate/plan-auction.js';
import type { LandOutcome } from '../ports/transactions.js';
import { freshServingMemory } from '../liquidate/choose-served.js';
import { freshSinglesMemory } from '../liquidate/serve-singly.js';

const OWN = address(`0x${'55'.repeat(20)}`);
export const RIVAL = address(`0x${'66'.repeat(20)}`);

/** An account that misses 1 of 1,000 starts two seconds further on. */
const HEAD_START_S = 2n;

/** Settings of a keeper that starts auctions, takes nothing, and reads its lists anew in every pass. */
export const STARTER_POLICY = {
  isStarter: true,
  burdenMinWad: 0n,
  bids: null,
  below: '1.05',
  pollIntervalMs: 1_000,
  worstIntervalMs: 0,
  listIntervalMs: 0,
  isDryRun: false,
} as const;

/** Terms of a taker that bids at this protocol for 1 % and more, with 10,000 to take. */
export const bidsAt = (protocol: Address): BidPolicy => ({
  to: bytes32(`0x${'70'.repeat(32)}`),
  protocols: [protocol],
  burdenMaxWad: 2_000n * WAD,
  totalMaxWad: 10_000n * WAD,
  leastPpm: 10_000n,
  shareMinWad: 0n,
  takesFrozen: false,
  pays: false,
});

/** One account at one protocol; what it owes is 1,000 and its lines are sold at `ppm`. */
interface FakeAccount {
  record: AuctionRecord | null;
  isHealthy: boolean;
  burdenWad: bigint;
}

/** Auctions of one protocol in memory: a fill heals its account, and every act is recorded. */
export class FakeAuctions implements AuctionDesk {
  readonly protocol: Address;
  readonly #accounts = new Map<Bytes32, FakeAccount>();
  timeS = 1_000n;
  height = 1n;
  ppm = 20_000n;
  /** Initial requirement of the taker, and what it has, WAD. */
  takenWad = 0n;
  takerAssetsWad = 1_000_000n * WAD;
  /** `start 0x…`, in order. */
  readonly acts: string[] = [];
  readonly bids: AuctionBid[] = [];
  /** Accounts that were asked whether they would start, in order. */
  readonly tried: Bytes32[] = [];
  /** Starts in order, with their heights: what logs show. */
  readonly started: { readonly account: Bytes32; readonly height: bigint }[] = [];
  /** Accounts whose records were asked for, by call. */
  readonly recordsRead: (readonly Bytes32[])[] = [];
  /** Of each transaction that starts auctions, whether its accounts had just been found startable. */
  readonly startsTried: boolean[] = [];
  /** Accounts in each transaction for several. */
  readonly batches: number[] = [];
  /** Accounts with which no transaction passes. */
  readonly burning = new Set<Bytes32>();
  /** Accounts that cannot be read, and what acts end with instead of landing. */
  readonly failing = new Set<Bytes32>();
  /** Accounts whose bid takes nothing beside others. */
  readonly passedOver = new Set<Bytes32>();
  refusal: string | undefined;
  /** Runs after an account was read, before its act: a rival may be faster. */
  beforeAct: ((account: Bytes32) => void) | undefined;
  distrusted = 0;
  /** Accounts that were read, in order. */
  readonly read: Bytes32[] = [];
  readsAtOnce = 0;
  #underWay = 0;

  constructor(protocol: Address) {
    this.protocol = protocol;
  }

  /** Adds an unhealthy account, or changes what is known of one. */
  put(account: Bytes32, change: Partial<FakeAccount> = {}): FakeAccount {
    const one = this.#accounts.get(account) ?? { record: null, isHealthy: false, burdenWad: 1_000n * WAD };
    this.#accounts.set(account, Object.assign(one, change));
    return one;
  }

  /** Lets somebody else start an auction. */
  startByRival(account: Bytes32): void {
    this.put(account).record ??= { starter: RIVAL, startedAt: this.timeS, seenAt: this.timeS, isTaken: false };
    this.started.push({ account, height: this.height });
  }

  async readHead(): Promise<ChainHead> {
    return { height: this.height as BlockHeight, timeS: this.timeS };
  }

  async readAccount(account: Bytes32): Promise<AuctionAccount> {
    this.read.push(account);
    this.readsAtOnce = Math.max(this.readsAtOnce, ++this.#underWay);
    await Promise.resolve();
    this.#underWay -= 1;
    if (this.failing.has(account))
      throw new AppError({ code: 'RPC_UNAVAILABLE', message: 'no answer', retryable: true });
    const { record, isHealthy, burdenWad } = this.put(account);
    const offer: AuctionOffer =
      record === null || isHealthy
        ? { kind: 'closed', reason: record === null ? 'unstarted' : 'healthy' }
        : { kind: 'open', shareWad: WAD, assumedWad: burdenWad, ppm: this.ppm, holdsFrozen: false };
    return {
      account,
      height: 1n as BlockHeight,
      timeS: this.timeS,
      assetsWad: isHealthy ? burdenWad : burdenWad - WAD,
      requiredWad: burdenWad,
      record,
      clockS: record === null ? null : this.timeS - record.startedAt + HEAD_START_S,
      stoppedUntilS: 0n,
      resumedAtS: 0n,
      startRefusal: isHealthy ? 'AccountHealthy' : null,
      closeRefusal: isHealthy && record !== null ? null : 'StillUnhealthy',
      claims: [{ protocol: this.protocol, offer, writeOffWad: null }],
    };
  }

  async readTaker(): Promise<TakerMargin> {
    return { height: 1n as BlockHeight, assetsWad: this.takerAssetsWad, requiredWad: this.takenWad };
  }

  async readStarted({ from, to }: { readonly from: bigint; readonly to: bigint }): Promise<readonly Bytes32[]> {
    return this.started.filter(({ height }) => height >= from && height <= to).map(({ account }) => account);
  }

  async readRunning(accounts: readonly Bytes32[]): Promise<ReadonlyMap<Bytes32, AuctionRecord>> {
    this.recordsRead.push(accounts);
    return new Map(
      accounts.flatMap((account) => {
        const { record } = this.put(account);
        return record === null ? [] : [[account, record] as const];
      }),
    );
  }

  async readStartable(accounts: readonly Bytes32[]): Promise<readonly StartableAccount[]> {
    this.tried.push(...accounts);
    return accounts.flatMap((account) => {
      const { record, isHealthy, burdenWad } = this.put(account);
      return record !== null || isHealthy || this.failing.has(account) ? [] : [{ account, requiredWad: burdenWad }];
    });
  }

  async start(accounts: readonly Bytes32[], _?: AbortSignal, isTried = false): Promise<AuctionBatchOutcome> {
    this.startsTried.push(isTried);
    return this.#together('start', accounts, (one) => {
      if (one.record !== null) return false;
      one.record = { starter: OWN, startedAt: this.timeS, seenAt: this.timeS, isTaken: false };
      return true;
    });
  }

  async touch(auctions: readonly SeenAuction[]): Promise<AuctionBatchOutcome> {
    const accounts = auctions.map(({ account }) => account);
    return this.#together('touch', accounts, (one) => {
      if (one.record === null) return false;
      one.record = { ...one.record, seenAt: this.timeS };
      return true;
    });
  }

  async bid(bid: AuctionBid): Promise<LandOutcome> {
    this.bids.push(bid);
    return this.#act('bid', bid.account, (one) => {
      if (one.record === null) return false;
      this.takenWad += one.burdenWad;
      Object.assign(one, { record: null, isHealthy: true });
      return true;
    });
  }

  async bidTogether(bids: readonly AuctionBid[]): Promise<AuctionBatchOutcome> {
    this.bids.push(...bids);
    const accounts = bids.map(({ account }) => account);
    const skipped = accounts.filter((account) => this.passedOver.has(account)).map((account) => this.put(account));
    return this.#together('bid', accounts, (one) => {
      if (one.record === null || skipped.includes(one)) return false;
      this.takenWad += one.burdenWad;
      Object.assign(one, { record: null, isHealthy: true });
      return true;
    });
  }

  async close(account: Bytes32): Promise<LandOutcome> {
    return this.#act('close', account, (one) => {
      if (one.record === null) return false;
      one.record = null;
      return true;
    });
  }

  async writeOff(account: Bytes32): Promise<LandOutcome> {
    return this.#act('write-off', account, () => true);
  }

  distrustProvider(): void {
    this.distrusted += 1;
  }

  #together(name: string, accounts: readonly Bytes32[], change: (one: FakeAccount) => boolean): AuctionBatchOutcome {
    for (const account of accounts) this.beforeAct?.(account);
    this.acts.push(`${name} ${accounts.map((account) => account.slice(-2)).join(' ')}`);
    this.batches.push(accounts.length);
    const refusal = accounts.some((account) => this.burning.has(account)) ? 'GasTooLow' : this.refusal;
    if (refusal !== undefined)
      return { outcome: { kind: 'refused', name: refusal, detail: refusal }, served: new Set() };
    return { outcome: this.#landed(), served: new Set(accounts.filter((account) => change(this.put(account)))) };
  }

  #landed(): Extract<LandOutcome, { kind: 'landed' }> {
    const txHash = `0x${this.acts.length.toString(16).padStart(64, '0')}` as TxHash;
    return { kind: 'landed', txHash, height: 1n as BlockHeight, gasUsed: 100n, feeWei: 1_000n };
  }

  #act(name: string, account: Bytes32, change: (one: FakeAccount) => boolean): LandOutcome {
    this.beforeAct?.(account);
    this.acts.push(`${name} ${account.slice(-2)}`);
    if (this.refusal !== undefined) return { kind: 'refused', name: this.refusal, detail: this.refusal };
    if (!change(this.put(account))) return { kind: 'overtaken', detail: 'a rival was faster' };
    return this.#landed();
  }
}

/** Creates what a keeper that serves auctions one by one remembers between its passes: nothing yet. */
export function freshKeeperMemory() {
  return { singles: freshSinglesMemory(), serving: freshServingMemory(), told: new Map<Bytes32, string>() };
}
