import {
  AppError,
  type BlockHeight,
  type Bytes32,
  ENTRY_BYTES,
  type JournalPosition,
  type Keccak256,
  type Rewound,
  type TxHash,
  ZERO_WORD,
  bytesToHex,
  foldJournal,
} from '@surety/domain';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import type {
  AssetCoverage,
  AssetNumbers,
  BatchOutcome,
  Ledger,
  LedgerBatch,
  PokeOutcome,
  ReplicaPosition,
  ReplicaState,
} from '../ports/ledger.js';
import type { LandOutcome } from '../ports/transactions.js';

const WAD = 10n ** 18n;
const COVERED: AssetCoverage = {
  inForceWad: WAD,
  reportedWad: WAD,
  impairedSince: 0n,
  coverFrom: 0n,
  lostSeq: 0n,
  orphaned: 0n,
  missing: 0n,
  found: 0n,
};

/** An in-memory ledger for one source that replays entries and checks statements like the contract, without signatures. */
export class FakeLedger implements Ledger {
  readonly #keccak256: Keccak256;
  /** The edge's present name, and the rewind that led to it; null during a rewind. */
  name: Bytes32;
  rewound: Rewound | null = { generation: 0, previousHead: ZERO_WORD };
  readonly source: number;
  position: JournalPosition;
  asOf = 0n;
  state: ReplicaState = 'LIVE';
  staleAfterS = 5_400n;
  timestamp = 1_700_000_000n;
  /** Simulated gas of one entry. */
  entryGas = 24_000n;
  gasCeiling = 8_000_000n;
  /** Thrown by the next call, once. */
  failure: Error | undefined;
  /** Runs between simulation and block, for another relayer to act. */
  beforeBlock: (() => void) | undefined;
  /** Applied ranges, in order. */
  readonly applied: { readonly from: bigint; readonly to: bigint }[] = [];
  /** Marks of applied batches. */
  readonly marked: bigint[] = [];
  /** If true, a witness shows another head at the next mark. */
  contradicting = false;
  /** Gas of comparing one mark. */
  markGas = 0n;
  readonly refreshed: bigint[] = [];
  readonly poked: (readonly number[])[] = [];
  /** Slots that a poke skips. */
  readonly skipping = new Set<number>();
  distrusted = 0;
  refusals = 0;

  constructor(options: { edge: Bytes32; source: number; keccak256: Keccak256 }) {
    this.name = options.edge;
    this.source = options.source;
    this.#keccak256 = options.keccak256;
    this.position = { count: 0n, head: options.edge };
  }

  async readReplica(source: number): Promise<ReplicaPosition> {
    this.requireAnswers();
    return {
      source,
      edge: this.name,
      rewound: this.rewound,
      ...this.position,
      asOf: this.asOf,
      state: this.state,
      staleAfterS: this.staleAfterS,
      height: 1n as BlockHeight,
      timestamp: this.timestamp,
    };
  }

  async apply(batch: LedgerBatch): Promise<BatchOutcome> {
    this.requireAnswers();
    const refusal = this.#judge(batch);
    if (refusal !== undefined) return this.#refused(refusal);
    const marks = batch.marks ?? [];
    const gas = this.entryGas * BigInt(batch.packed.length / ENTRY_BYTES) + this.markGas * BigInt(marks.length);
    if (gas > this.gasCeiling) return this.#refused('GAS_ABOVE_CEILING');
    this.beforeBlock?.();
    const late = this.#judge(batch);
    if (late !== undefined)
      return { kind: 'reverted', txHash: this.#hash(), height: 1n as BlockHeight, name: late, feeWei: 1n };
    if (this.contradicting && marks.length > 0) {
      this.contradicting = false;
      return { ...this.#landed(gas), contradicted: true };
    }
    const { statement } = batch.attested;
    this.marked.push(...marks);
    this.applied.push({ from: this.position.count, to: statement.count });
    this.position = { count: statement.count, head: statement.head };
    if (statement.count === statement.tip) this.asOf = statement.asOf;
    return this.#landed(gas);
  }

  async refresh(_source: number, attested: AttestedStatement): Promise<LandOutcome> {
    this.requireAnswers();
    const { statement } = attested;
    const { count, head } = this.position;
    if (statement.count !== statement.tip || statement.count !== count || statement.head !== head)
      return this.#refused('NotAtReplica');
    if (statement.asOf < this.asOf) return this.#refused('AsOfFell');
    this.asOf = statement.asOf;
    this.refreshed.push(statement.asOf);
    return this.#landed(90_000n);
  }

  async poke(slots: readonly number[]): Promise<PokeOutcome> {
    this.requireAnswers();
    this.poked.push(slots);
    return { ...this.#landed(60_000n), skipped: slots.filter((slot) => this.skipping.has(slot)) };
  }

  /** Indices whose unparking is refused, with the error's name. */
  readonly stuck = new Map<bigint, string>();
  readonly unparked: bigint[] = [];
  /** True while the verifier's halt state differs from the ledger's. */
  haltToNote = false;

  async unpark({ index }: { readonly source: number; readonly index: bigint }): Promise<LandOutcome> {
    this.requireAnswers();
    const refusal = this.stuck.get(index);
    if (refusal !== undefined) return this.#refused(refusal);
    if (this.unparked.includes(index)) return this.#refused('NotParked');
    this.unparked.push(index);
    return this.#landed(90_000n);
  }

  async noteHalt(): Promise<LandOutcome> {
    this.requireAnswers();
    if (!this.haltToNote) return this.#refused('NothingToNote');
    this.haltToNote = false;
    this.state = 'HALTED';
    return this.#landed(60_000n);
  }

  /** Coverage of assets by their ledger-wide number; full coverage by default. */
  readonly coverages = new Map<number, AssetCoverage>();
  /** Assets whose coverage was put in force, and assets that were written off, in order. */
  readonly covered: number[] = [];
  readonly writtenOff: number[] = [];

  /** Records of releases by index; none by default. */
  readonly released = new Map<bigint, Bytes32>();

  async readReleased({ seq }: { source: number; seq: bigint }): Promise<Bytes32> {
    this.requireAnswers();
    return this.released.get(seq) ?? ZERO_WORD;
  }

  async readCoverage({ assetId }: AssetNumbers): Promise<AssetCoverage> {
    this.requireAnswers();
    return this.coverages.get(assetId) ?? COVERED;
  }

  async cover(assetId: number): Promise<LandOutcome> {
    const coverage = await this.readCoverage({ source: this.source, vaultAsset: assetId, assetId });
    // No report of this fake answers a loss.
    if (coverage.impairedSince === 0n && coverage.reportedWad === coverage.inForceWad) {
      return this.#refused('NothingToCover');
    }
    if (this.asOf < coverage.coverFrom) return this.#refused('CoverTooEarly');
    const { reportedWad } = coverage;
    this.coverages.set(assetId, { ...coverage, inForceWad: reportedWad, impairedSince: 0n, coverFrom: 0n });
    this.covered.push(assetId);
    return this.#landed(60_000n);
  }

  /** Remaining orphans, packed; `takeBackFrom` is the time on the source's clock from which they may be taken back. */
  readonly orphans: Uint8Array[] = [];
  takeBackFrom = 0n;
  readonly takenBack: Uint8Array[] = [];

  async takeBack({ packed }: { readonly source: number; readonly packed: Uint8Array }): Promise<LandOutcome> {
    this.requireAnswers();
    const at = this.orphans.findIndex((one) => bytesToHex(one) === bytesToHex(packed));
    if (at < 0) return this.#refused('OrphanUnknown');
    if (this.asOf < this.takeBackFrom) return this.#refused('TakeBackTooEarly');
    this.orphans.splice(at, 1);
    this.takenBack.push(packed);
    return this.#landed(90_000n);
  }

  async writeOff(asset: AssetNumbers): Promise<LandOutcome> {
    const coverage = await this.readCoverage(asset);
    const { orphaned, missing, found, lostSeq } = coverage;
    if (orphaned !== 0n) return this.#refused('OrphansLeft');
    if (lostSeq !== 0n) return this.#refused('AssetUnsettled');
    if (missing === 0n && found === 0n) return this.#refused('NothingMissing');
    const told = missing === 0n ? { found: 0n } : { missing: 0n };
    this.coverages.set(asset.assetId, { ...coverage, ...told, lostSeq: 1n });
    this.writtenOff.push(asset.assetId);
    return this.#landed(60_000n);
  }

  async readUnparkCostWei(): Promise<bigint> {
    return 1_000n;
  }

  distrustProvider(): void {
    this.distrusted += 1;
  }

  #judge(batch: LedgerBatch): string | undefined {
    const { statement } = batch.attested;
    const { count, head } = this.position;
    if (batch.source !== this.source || statement.edge !== this.name) return 'EdgeMismatch';
    if (statement.count !== statement.tip && statement.count % 64n !== 0n) return 'CountNeitherTipNorCut';
    if (batch.from > count) return 'EntriesMissing';
    if (statement.count <= count) return 'NothingNew';
    if (batch.marks?.some((mark) => mark <= count || mark > statement.count)) return 'MarkOutOfRange';
    if (batch.from + BigInt(batch.packed.length / ENTRY_BYTES) !== statement.count) return 'EntriesEndElsewhere';
    if (statement.asOf < this.asOf) return 'AsOfFell';
    const fresh = batch.packed.subarray(ENTRY_BYTES * Number(count - batch.from));
    return foldJournal({ count, head }, fresh, this.#keccak256).head === statement.head ? undefined : 'HeadMismatch';
  }

  #refused(name: string): LandOutcome {
    this.refusals += 1;
    return { kind: 'refused', name, detail: name };
  }

  #landed(gasUsed: bigint): Extract<LandOutcome, { kind: 'landed' }> {
    return { kind: 'landed', txHash: this.#hash(), height: 1n as BlockHeight, gasUsed, feeWei: gasUsed };
  }

  #hash(): TxHash {
    return `0x${(this.applied.length + this.refreshed.length + this.poked.length).toString(16).padStart(64, '0')}` as TxHash;
  }

  /** Throws the configured failure, once. */
  requireAnswers(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}

/** The error of a settlement chain without a responding provider. */
export function silentChain(): AppError {
  return new AppError({ code: 'RPC_UNAVAILABLE', message: 'no provider answered', retryable: true });
}
