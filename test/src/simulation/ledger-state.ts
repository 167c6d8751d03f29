import type { Address, Bytes32, Edge } from '@surety/domain';
import type { LedgerFact, ParkReason } from '@surety/workflows';
import type { EntryWords, JournalModel } from './journal-model.js';
import type { BatchCall, ReplicaModel, RewindCall, UnwindCall } from './replica-model.js';

/** One (account, asset). */
export interface LineModel {
  readonly account: Bytes32;
  readonly assetId: number;
  readonly amount: bigint;
}

/** A credit that waits for its reason to go. */
export interface ParkedModel {
  readonly source: number;
  readonly index: bigint;
  readonly account: Bytes32;
  readonly vaultAsset: number;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly reason: ParkReason;
}

/** Entries of the same bytes: how many of them are orphans, how many were taken back with less, and the units of that. */
export interface OrphanModel {
  readonly count: number;
  readonly taken: number;
  readonly spent: bigint;
}

/** What a rewind left open of an asset. */
export interface UnsettledModel {
  readonly orphaned: bigint;
  readonly missing: bigint;
  readonly found: bigint;
}

/** What the ledger was told of an asset's coverage. */
export interface CoverageModel {
  readonly inForce: bigint;
  readonly reported: bigint;
  /** Block time since which it is impaired, 0 if it is not. */
  readonly since: number;
  /** Number of the worst report since then, 0 if it was unwound. */
  readonly saidSeq: bigint;
  /** Number of the LOST that the vault has not answered, 0 for none. */
  readonly lostSeq: bigint;
}

/** The ledger after a block. */
export interface LedgerState {
  readonly replicas: ReadonlyMap<number, ReplicaModel>;
  readonly lines: ReadonlyMap<string, LineModel>;
  readonly parked: ReadonlyMap<string, ParkedModel>;
  /** Journals of releases, by the source whose vault they lead to. */
  readonly outbound: ReadonlyMap<number, JournalModel>;
  /** Releases that were not refunded, by source and number: what each was of. */
  readonly released: ReadonlyMap<string, ReleaseRecord>;
  /** Entries that changed nothing, by source and number. */
  readonly ineffective: ReadonlySet<string>;
  /** By source and the entry's hash. */
  readonly orphans: ReadonlyMap<string, OrphanModel>;
  /** By source and the vault's asset. */
  readonly unsettled: ReadonlyMap<string, UnsettledModel>;
  readonly coverages: ReadonlyMap<string, CoverageModel>;
  /** LOST entries that reports answered, by source and the report's number. */
  readonly answers: ReadonlyMap<string, bigint>;
  readonly debts: ReadonlyMap<Bytes32, bigint>;
}

/** What the ledger keeps of a release until its refund. */
export type ReleaseRecord = Pick<EntryWords, 'asset' | 'amount' | 'account'>;

/** What is asked of the ledger. */
export type LedgerCall =
  | ({ readonly kind: 'apply'; readonly source: number; readonly feeTo: Bytes32 } & BatchCall)
  | ({ readonly kind: 'refresh' } & Pick<BatchCall, 'statement' | 'signatures'>)
  | ReleaseCall
  | { readonly kind: 'borrow'; readonly account: Bytes32; readonly amount: bigint }
  | ({ readonly kind: 'rewind'; readonly source: number } & RewindCall)
  | ({ readonly kind: 'unwind'; readonly source: number } & UnwindCall)
  | { readonly kind: 'take-back'; readonly source: number; readonly packed: Uint8Array }
  | { readonly kind: 'write-off'; readonly source: number; readonly vaultAsset: number }
  | { readonly kind: 'cover'; readonly source: number; readonly vaultAsset: number };

/** Somebody asks for units back. */
export interface ReleaseCall {
  readonly kind: 'release';
  readonly account: Bytes32;
  readonly assetId: number;
  readonly amount: bigint;
  readonly recipient: Address;
  readonly fee: bigint;
}

/** A source of the ledger. */
export interface SourceModel {
  readonly source: number;
  readonly chainId: number;
  readonly vault: Address;
  /** First names of the edge to the ledger, and of the one to the vault. */
  readonly inbound: Bytes32;
  readonly outbound: Bytes32;
  readonly inboundEdge: Edge;
  readonly outboundEdge: Edge;
}

/** The part of a unit that counts: all of it. */
export const WHOLE = 10n ** 18n;

const NOTHING_OPEN: UnsettledModel = { orphaned: 0n, missing: 0n, found: 0n };
const NO_ORPHAN: OrphanModel = { count: 0, taken: 0, spent: 0n };
const NO_REPORT: CoverageModel = { inForce: WHOLE, reported: WHOLE, since: 0, saidSeq: 0n, lostSeq: 0n };

/** The ledger's index of a vault's asset. */
export function assetIdOf(source: number, vaultAsset: number): number {
  return source * 10 + vaultAsset;
}

/** Returns whether the ledger lists a vault's asset: 1 and 2, and not 3. */
export function isListed(vaultAsset: number): boolean {
  return vaultAsset === 1 || vaultAsset === 2;
}

/** Gives what is open of an asset. */
export function openOf(state: Pick<LedgerState, 'unsettled'>, source: number, vaultAsset: number): UnsettledModel {
  return state.unsettled.get(`${source}:${vaultAsset}`) ?? NOTHING_OPEN;
}

/** Gives what is known of entries of the same bytes. */
export function orphanOf(state: Pick<LedgerState, 'orphans'>, source: number, entryHash: Bytes32): OrphanModel {
  return state.orphans.get(`${source}:${entryHash}`) ?? NO_ORPHAN;
}

/** Gives an asset's coverage. */
export function coverageIn(state: Pick<LedgerState, 'coverages'>, source: number, vaultAsset: number): CoverageModel {
  return state.coverages.get(`${source}:${vaultAsset}`) ?? NO_REPORT;
}

/** Returns whether nothing of an asset may leave: a rewind left something open of it. @source PROTOCOL 9.3 */
export function isUnsettled(
  state: Pick<LedgerState, 'unsettled' | 'coverages'>,
  source: number,
  vaultAsset: number,
): boolean {
  const { orphaned, missing } = openOf(state, source, vaultAsset);
  return orphaned + missing > 0n || coverageIn(state, source, vaultAsset).lostSeq > 0n;
}

/** What an account's lines count, every unit at a price of 1: for what is owed already, and for new debt. */
export function marginOf(state: LedgerState, account: Bytes32): { maintenance: bigint; initial: bigint } {
  let [maintenance, initial] = [0n, 0n];
  for (const line of state.lines.values()) {
    if (line.account !== account) continue;
    const [source, vaultAsset] = [Math.floor(line.assetId / 10), line.assetId % 10];
    const { inForce, since } = coverageIn(state, source, vaultAsset);
    const counted = (line.amount * inForce) / WHOLE;
    maintenance += counted;
    if (since === 0 && !isUnsettled(state, source, vaultAsset)) initial += counted;
  }
  return { maintenance, initial };
}

/** A change of the ledger on its way: copies that may be written, and what they tell. */
export class LedgerDraft {
  readonly replicas: Map<number, ReplicaModel>;
  readonly lines: Map<string, LineModel>;
  readonly parked: Map<string, ParkedModel>;
  readonly outbound: Map<number, JournalModel>;
  readonly released: Map<string, ReleaseRecord>;
  readonly ineffective: Set<string>;
  readonly orphans: Map<string, OrphanModel>;
  readonly unsettled: Map<string, UnsettledModel>;
  readonly coverages: Map<string, CoverageModel>;
  readonly answers: Map<string, bigint>;
  readonly debts: Map<Bytes32, bigint>;
  readonly facts: LedgerFact[] = [];

  constructor(state: LedgerState) {
    this.replicas = new Map(state.replicas);
    this.lines = new Map(state.lines);
    this.parked = new Map(state.parked);
    this.outbound = new Map(state.outbound);
    this.released = new Map(state.released);
    this.ineffective = new Set(state.ineffective);
    this.orphans = new Map(state.orphans);
    this.unsettled = new Map(state.unsettled);
    this.coverages = new Map(state.coverages);
    this.answers = new Map(state.answers);
    this.debts = new Map(state.debts);
  }

  /** The ledger with the change. */
  get state(): LedgerState {
    const { replicas, lines, parked, outbound, released, ineffective } = this;
    const { orphans, unsettled, coverages, answers, debts } = this;
    return { replicas, lines, parked, outbound, released, ineffective, orphans, unsettled, coverages, answers, debts };
  }

  /** Gives units to a line. */
  credit(account: Bytes32, assetId: number, amount: bigint): void {
    if (amount === 0n) return;
    const key = `${account}:${assetId}`;
    const held = this.lines.get(key);
    this.lines.set(key, { account, assetId, amount: (held?.amount ?? 0n) + amount });
    if (held === undefined) this.facts.push({ kind: 'enabled', account, assetId, on: true });
  }

  /** Changes what is open of an asset. */
  open(source: number, vaultAsset: number, change: (open: UnsettledModel) => Partial<UnsettledModel>): void {
    const held = openOf(this, source, vaultAsset);
    this.unsettled.set(`${source}:${vaultAsset}`, { ...held, ...change(held) });
  }

  /** Changes what is known of entries of the same bytes. */
  orphan(source: number, entryHash: Bytes32, change: (orphan: OrphanModel) => Partial<OrphanModel>): void {
    const held = orphanOf(this, source, entryHash);
    this.orphans.set(`${source}:${entryHash}`, { ...held, ...change(held) });
  }

  /** Changes an asset's coverage. */
  cover(source: number, vaultAsset: number, change: Partial<CoverageModel>): void {
    this.coverages.set(`${source}:${vaultAsset}`, { ...coverageIn(this, source, vaultAsset), ...change });
  }
}
