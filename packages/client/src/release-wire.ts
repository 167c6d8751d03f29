import type { Bytes32, Hex } from '@surety/domain';
import type { ByGrade, GradeView } from './margin-wire.js';
import type { BlockView, TimedBlockView } from './wire.js';

/**
 * Where a recorded release stands at its vault: `recorded` waits for its time, `payable` for anybody's `pay`, `paying` was
 * paid in a block that is not final yet, `claimable` waits for its recipient since its transfer failed.
 */
export type OpenPaymentState = 'recorded' | 'payable' | 'paying' | 'claimable';

/** The limiter by which a vault dates a payment: small amounts are paid at once, large ones a day later. */
export type PaymentLaneName = 'small' | 'middle' | 'large';

/**
 * A release that its vault has recorded and, at a final block, not paid yet; or a loss (an entry LOST) that it has recorded and not
 * taken over: it is `payable` when anyone may call `takeLoss` with the entry.
 */
export interface OpenPaymentView {
  /** Number of the entry in the ledger's journal. */
  readonly seq: bigint;
  /** The journal's entry, 95 bytes. */
  readonly entry: Hex;
  /** Block time in seconds from which anyone may pay it. */
  readonly readyAt: bigint;
  readonly state: OpenPaymentState;
  /** By the vault's limit of now; null until the aggregator has read it. */
  readonly lane: PaymentLaneName | null;
}

/** A release whose payment its vault stopped; `refunded` once the ledger gave the amount back. */
export interface StoppedPaymentView {
  readonly seq: bigint;
  /** The journal's entry, 95 bytes. */
  readonly entry: Hex;
  readonly state: 'stopped' | 'refunded';
  /** What whoever stopped it said, null if nothing readable. */
  readonly reason: string | null;
  /** Token units that came back, null until then. */
  readonly refunded: bigint | null;
}

/** Answer of `GET /v1/edges/:edge/payments?after=<seq>`, ascending, at most 256. */
export interface PaymentsAnswer {
  readonly payments: readonly OpenPaymentView[];
  /** Stopped ones past the same number, ascending, at most 64. */
  readonly stopped: readonly StoppedPaymentView[];
}

/**
 * Where a release stands, in order: requested in a block that is not final, final, signed by k members, recorded by its vault,
 * payable by anyone, paid in a block that is not final, paid. `claimable` waits for its recipient since its transfer failed;
 * `stopped` is not paid any more, and `refunded` once its amount came back to the account;
 * `refused` is an entry that no honest ledger journals.
 */
export type ReleaseStage =
  | 'requested'
  | 'final'
  | 'attested'
  | 'recorded'
  | 'payable'
  | 'paying'
  | 'paid'
  | 'claimable'
  | 'stopped'
  | 'refunded'
  | 'refused';

/** One release of an account: a debit of the ledger that a vault pays. */
export interface ReleaseView {
  /** `<edge>:<index>`. */
  readonly id: string;
  readonly edge: Bytes32;
  readonly index: bigint;
  /** As the vault names the payment: the same as `index`. */
  readonly seq: bigint;
  /** Chain of the vault. */
  readonly chainId: number;
  readonly source: number;
  readonly assetId: number | null;
  readonly symbol: string;
  /** With the fee. */
  readonly amount: bigint;
  readonly fee: bigint;
  /** Token units that the vault paid less than the amount, since it held too few; 0 until it is paid. */
  readonly borne: bigint;
  /** Address on the vault's chain, left-padded. */
  readonly recipient: Bytes32;
  readonly stage: ReleaseStage;
  /** Why it stands there, null if nothing holds it. */
  readonly reason: string | null;
  /** What happens next and who may do it, null when nothing is left to do. */
  readonly next: string | null;
  /** Seconds from which anyone may pay it; null until the vault has recorded it. */
  readonly readyAt: bigint | null;
}

/** What a vault would do with a release that it replayed at a final block of its chain. */
export interface PaymentQuoteView {
  readonly block: TimedBlockView;
  /** The limiter that would date it; null where it passes `largest`, so that it would be stopped and refunded. */
  readonly lane: PaymentLaneName | null;
  /** Seconds from which it could be paid, null if it would be stopped. */
  readonly readyAt: bigint | null;
  /** It passes the fast limit: it stays until witnesses confirm its entry. */
  readonly waits: boolean;
  /** Seconds at which it opens without a confirmation, null unless it waits. */
  readonly opensAt: bigint | null;
  /** The largest payment, in token units. */
  readonly largest: bigint;
}

/** Answer of `GET /v1/quote/release`: what the ledger would do with a release at one final block. */
export interface ReleaseQuoteView {
  readonly account: Bytes32;
  readonly assetId: number;
  readonly symbol: string;
  /** Chain of the vault that pays. */
  readonly chainId: number;
  readonly amount: bigint;
  readonly recipient: Bytes32;
  readonly fee: bigint;
  readonly block: TimedBlockView;
  readonly allowed: boolean;
  /** Name of the ledger's error, null if it allows the release. */
  readonly code: string | null;
  readonly detail: string | null;
  /** Token units of the line that are seasoned: no release can take more. */
  readonly seasoned: bigint;
  /** Fee for which relayers are known to pay a release, in token units. */
  readonly feeSuggested: bigint;
  /** The account's margin if the amount were gone. */
  readonly marginAfter: ByGrade<GradeView>;
  /**
   * Seconds that the vault waits between recording and paying, confirmations apart; 0 is at once. Null where it would stop the payment,
   * or nobody knows.
   */
  readonly waitS: number | null;
  /** What its vault says, null while that does not answer. */
  readonly payment: PaymentQuoteView | null;
  /** Seconds from request to record, the median of the newest releases of this vault; null if none was watched. */
  readonly etaS: number | null;
}

/** What one asset's claims sum to on both sides, in units, and which part of a unit there are tokens for, at two final blocks. */
export interface SolvencyView {
  readonly assetId: number;
  readonly source: number;
  readonly chainId: number;
  readonly symbol: string;
  /** Units in lines, parked, and ever debited by releases, at the ledger's block. */
  readonly lines: bigint;
  readonly parked: bigint;
  readonly released: bigint;
  /** Units brought back to lines from releases that the vault stopped. */
  readonly refunded: bigint;
  /** Units that the vault owes to recorded releases and has paid, at the vault's block. */
  readonly owed: bigint;
  readonly paid: bigint;
  /** Part of a unit that margins count, and that the vault's last report reached the ledger with, 18 decimals, at the ledger's block. */
  readonly coverageWad: bigint;
  readonly reportedWad: bigint;
  /** Seconds of the first report of less than margins count, null while the asset is not impaired. */
  readonly impairedSince: bigint | null;
  /** Number of the loss that the vault has not answered, null for none: nothing of the asset is released before. */
  readonly lostSeq: bigint | null;
  /**
   * What a rewind left open, at the ledger's block: units on lines whose entries have neither come again nor been taken back, units that
   * were taken back and not there, and such units whose entries came after all. Of an asset of which nothing is open and no loss
   * waits, lines + parked + what is debited and not paid or come back + locks not applied yet = what its vault accounts for.
   */
  readonly orphaned: bigint;
  readonly missing: bigint;
  readonly found: bigint;
  /** Held over accounted by the vault's own last report, 18 decimals, at the vault's block; 1e18 if it never reported. */
  readonly heldWad: bigint;
  /** Seconds since which the vault has a shortage on record, null if it has none. */
  readonly shortSince: bigint | null;
}

/** Answer of `GET /v1/solvency`. */
export interface SolvencyAnswer {
  readonly assets: readonly SolvencyView[];
  readonly blocks: readonly BlockView[];
}
