import {
  type BlockHeight,
  type Bytes32,
  ENTRY_BYTES,
  ENTRY_KINDS,
  type Entry,
  type Hex,
  type Keccak256,
  type TxHash,
  bytesToHex,
  packEntry,
} from '@surety/domain';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import type { BatchOutcome, EntryBatch, ReplicaPosition } from '../ports/ledger.js';
import type { LandOutcome } from '../ports/transactions.js';
import type { PaymentState, Vault, VaultHolding, VaultPayment } from '../ports/vault.js';
import { FakeLedger } from './fake-ledger.js';

interface FakePayment {
  entryHash: Hex;
  readyAt: bigint;
  state: PaymentState;
  waits: boolean;
  isRefunded: boolean;
}

const DAYS_30_S = 30n * 86_400n;
const WAD = 10n ** 18n;
const WHOLE: VaultHolding = { accounted: 100n, held: 100n, reportedWad: WAD, shortSince: 0n, hasEnded: false };

function coverageOf({ accounted, held }: VaultHolding): bigint {
  const tokens = held ?? 0n;
  return tokens >= accounted ? WAD : (tokens * WAD) / accounted;
}

function landed(number: number): LandOutcome {
  const txHash = `0x${number.toString(16).padStart(64, '0')}` as TxHash;
  return { kind: 'landed', txHash, height: 1n as BlockHeight, gasUsed: 90_000n, feeWei: 90_000n };
}

function refused(name: string): LandOutcome {
  return { kind: 'refused', name, detail: name };
}

/** An in-memory vault: its replica checks batches like the contract; each replayed entry becomes a payment. */
export class FakeVault implements Vault {
  /** The replica, with its switches for failures, gas and races. */
  readonly replica: FakeLedger;
  readonly payments = new Map<bigint, FakePayment>();
  /** If true, newly replayed releases wait for a confirmation. */
  waits = false;
  confirmed = 0n;
  /** Indices of payments in the order in which tokens left. */
  readonly paid: bigint[] = [];
  /** Payments whose call reverts, with the error's name. */
  readonly refusing = new Map<bigint, string>();
  /** Payments whose transfer fails, so that they become claimable. */
  readonly blocked = new Set<bigint>();
  payCostWei = 90_000n;
  delayS = 0n;
  /** Thrown by `pay` for these numbers. */
  readonly throwing = new Map<bigint, Error>();
  /** Runs before a payment lands, for another relayer to act. */
  beforePay: ((seq: bigint) => void) | undefined;
  reads = 0;
  readonly #keccak256: Keccak256;

  constructor(options: { edge: Bytes32; source: number; keccak256: Keccak256 }) {
    this.replica = new FakeLedger(options);
    this.#keccak256 = options.keccak256;
  }

  readReplica(): Promise<ReplicaPosition> {
    return this.replica.readReplica(this.replica.source);
  }

  async applyReleases(batch: EntryBatch): Promise<BatchOutcome> {
    const before = this.replica.position.count;
    const outcome = await this.replica.apply({ ...batch, source: this.replica.source });
    if (outcome.kind !== 'landed') return outcome;
    for (let seq = before + 1n; seq <= this.replica.position.count; seq++) {
      const at = ENTRY_BYTES * Number(seq - batch.from - 1n);
      this.queue(seq, batch.packed.subarray(at, at + ENTRY_BYTES));
    }
    return outcome;
  }

  /** Records a payment like a replay. */
  queue(seq: bigint, packed: Uint8Array): void {
    const readyAt = this.replica.timestamp + this.delayS;
    this.payments.set(seq, {
      entryHash: this.#hashOf(packed),
      readyAt,
      state: 'QUEUED',
      waits: this.waits,
      isRefunded: false,
    });
  }

  refresh(attested: AttestedStatement): Promise<LandOutcome> {
    return this.replica.refresh(this.replica.source, attested);
  }

  async readPayment(seq: bigint): Promise<VaultPayment> {
    this.reads += 1;
    this.replica.requireAnswers();
    const none = {
      entryHash: `0x${'00'.repeat(25)}`,
      readyAt: 0n,
      state: 'NONE',
      waits: false,
      isRefunded: false,
    } as const;
    return { ...(this.payments.get(seq) ?? none), timestamp: this.replica.timestamp };
  }

  async readConfirmed(): Promise<bigint> {
    this.replica.requireAnswers();
    return this.confirmed;
  }

  async pay({ seq, packed }: { seq: bigint; packed: Uint8Array }): Promise<LandOutcome> {
    this.replica.requireAnswers();
    const failure = this.throwing.get(seq);
    if (failure !== undefined) throw failure;
    this.beforePay?.(seq);
    const payment = this.payments.get(seq);
    const name = this.refusing.get(seq) ?? this.#judge(seq, payment, packed, ENTRY_KINDS.RELEASE);
    if (payment === undefined || name !== undefined) {
      return { kind: 'refused', name: name ?? 'PaymentUnknown', detail: name ?? 'PaymentUnknown' };
    }
    payment.state = this.blocked.has(seq) ? 'CLAIMABLE' : 'PAID';
    if (payment.state === 'PAID') this.paid.push(seq);
    return landed(Number(seq));
  }

  /** Entries whose transfer was tried, packed as hex, in order. */
  readonly tried: Hex[] = [];

  async tryTransfer(release: Entry): Promise<boolean> {
    this.replica.requireAnswers();
    this.tried.push(bytesToHex(packEntry(release)));
    const hash = this.#hashOf(packEntry(release));
    return ![...this.blocked].some((seq) => this.payments.get(seq)?.entryHash === hash);
  }

  /** Losses in the order in which they were taken. */
  readonly lossesTaken: bigint[] = [];

  async takeLoss({ seq, packed }: { seq: bigint; packed: Uint8Array }): Promise<LandOutcome> {
    this.replica.requireAnswers();
    const payment = this.payments.get(seq);
    const name = this.refusing.get(seq) ?? this.#judge(seq, payment, packed, ENTRY_KINDS.LOST);
    if (payment === undefined || name !== undefined) {
      return { kind: 'refused', name: name ?? 'PaymentUnknown', detail: name ?? 'PaymentUnknown' };
    }
    payment.state = 'PAID';
    this.lossesTaken.push(seq);
    return landed(Number(seq));
  }

  /** Payments in the order in which they were given back, and in which their refunds were journaled. */
  readonly givenBack: bigint[] = [];
  readonly refunds: bigint[] = [];

  async giveBack({ seq }: { seq: bigint }): Promise<LandOutcome> {
    this.replica.requireAnswers();
    const payment = this.payments.get(seq);
    if (payment?.state !== 'CLAIMABLE') return refused('PaymentStateMismatch');
    if (this.replica.timestamp < payment.readyAt + DAYS_30_S) return refused('PaymentNotReady');
    payment.state = 'STOPPED';
    this.givenBack.push(seq);
    this.#journalRefund(seq, payment);
    return landed(Number(seq));
  }

  async refund({ seq }: { seq: bigint }): Promise<LandOutcome> {
    this.replica.requireAnswers();
    const payment = this.payments.get(seq);
    if (payment?.state !== 'STOPPED') return refused('PaymentStateMismatch');
    const isConfirmed = !payment.isRefunded && seq <= this.confirmed;
    if (this.replica.timestamp < payment.readyAt && !isConfirmed) return refused('RefundTooSoon');
    this.#journalRefund(seq, payment);
    return landed(Number(seq));
  }

  #journalRefund(seq: bigint, payment: FakePayment): void {
    payment.isRefunded = true;
    payment.readyAt = this.replica.timestamp + DAYS_30_S;
    this.refunds.push(seq);
  }

  /** Holdings and records by asset; 100 fully backed units by default. */
  readonly holdings = new Map<number, VaultHolding>();
  /** Assets in the order in which they were reported. */
  readonly reported: number[] = [];
  /** Assets for which an equal or better report is refused until a day has passed. */
  readonly reportedToday = new Set<number>();
  /** Assets whose token has other code than the vault has recorded. */
  readonly recoded = new Set<number>();

  async report(asset: number): Promise<LandOutcome> {
    this.replica.requireAnswers();
    const holding = await this.readHolding(asset);
    const coverageWad = coverageOf(holding);
    const endsShortage = holding.shortSince !== 0n && coverageWad === WAD;
    const isWorse = coverageWad < holding.reportedWad;
    if (!endsShortage && !isWorse && this.reportedToday.has(asset)) {
      return { kind: 'refused', name: 'ReportTooSoon', detail: 'ReportTooSoon' };
    }
    this.reported.push(asset);
    this.reportedToday.add(asset);
    const shortSince = coverageWad === WAD ? 0n : holding.shortSince || this.replica.timestamp;
    this.holdings.set(asset, { ...holding, reportedWad: coverageWad, shortSince });
    return landed(asset);
  }

  async readHolding(asset: number): Promise<VaultHolding> {
    this.replica.requireAnswers();
    return this.holdings.get(asset) ?? { ...WHOLE };
  }

  async noteCode(asset: number): Promise<LandOutcome> {
    this.replica.requireAnswers();
    if (!this.recoded.delete(asset)) return { kind: 'refused', name: 'NothingToNote', detail: 'NothingToNote' };
    return landed(asset);
  }

  async readPayCostWei(): Promise<bigint> {
    return this.payCostWei;
  }

  distrustProvider(): void {
    this.replica.distrustProvider();
  }

  #judge(seq: bigint, payment: FakePayment | undefined, packed: Uint8Array, kind: number) {
    if (payment?.state !== 'QUEUED') return 'NotQueued';
    if (payment.entryHash !== this.#hashOf(packed)) return 'EntryMismatch';
    if (packed[0] !== kind) return 'EntryKindMismatch';
    if (payment.readyAt > this.replica.timestamp) return 'NotReady';
    return payment.waits && seq > this.confirmed ? 'PaymentUnconfirmed' : undefined;
  }

  #hashOf(packed: Uint8Array): Hex {
    return bytesToHex(this.#keccak256(packed).slice(0, 25));
  }
}
