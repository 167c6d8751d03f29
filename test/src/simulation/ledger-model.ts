import { type Address, type Bytes32, blockHash, blockHeight } from '@surety/domain';
import type { LedgerFact, ParkReason } from '@surety/workflows';
import { type EntryWords, type JournalModel, append, packWords, wordsOf } from './journal-model.js';
import type { CallPlace, Contract, Executed } from './modelled-chain.js';
import type { PlantName } from './plants.js';
import {
  type BatchCall,
  type ReplicaModel,
  type VerifierModel,
  emptyReplica,
  refreshReplica,
  replayBatch,
} from './replica-model.js';

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
  readonly reason: ParkReason;
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
}

/** What the ledger keeps of a release until its refund. */
export type ReleaseRecord = Pick<EntryWords, 'asset' | 'amount' | 'account'>;

/** What is asked of the ledger. */
export type LedgerCall =
  | ({ readonly kind: 'apply'; readonly source: number; readonly feeTo: Bytes32 } & BatchCall)
  | ({ readonly kind: 'refresh' } & Pick<BatchCall, 'statement' | 'signatures'>)
  | {
      readonly kind: 'release';
      readonly account: Bytes32;
      readonly assetId: number;
      readonly amount: bigint;
      readonly recipient: Address;
      readonly fee: bigint;
    };

/** A source of the ledger. */
export interface SourceModel {
  readonly source: number;
  readonly chainId: number;
  readonly vault: Address;
  /** Edge to the ledger, and edge to the vault. */
  readonly inbound: Bytes32;
  readonly outbound: Bytes32;
}

/** Vault assets 1 and 2 are listed, 3 is not; a line takes at most this much. */
const LINE_CAP = 5_000_000n;
const RELEASE = 16;
const REFUND = 2;

/** The ledger's index of a vault's asset. */
export function assetIdOf(source: number, vaultAsset: number): number {
  return source * 10 + vaultAsset;
}

/** Builds the ledger, written after the contract and sharing nothing with the fold. */
export function ledgerModel(
  sources: readonly SourceModel[],
  verifier: VerifierModel,
): Contract<LedgerState, LedgerCall, LedgerFact> {
  const genesis: LedgerState = {
    replicas: new Map(sources.map(({ source, inbound }) => [source, emptyReplica(inbound)])),
    lines: new Map(),
    parked: new Map(),
    outbound: new Map(sources.map(({ source, outbound }) => [source, { edge: outbound, lines: [] }])),
    released: new Map(),
  };
  return {
    genesis,
    execute(state, call, place) {
      if (call.kind === 'apply') return applyEntries(state, call, place, verifier);
      if (call.kind === 'refresh') return refresh(state, call, place, verifier);
      return requestRelease(state, call, place, verifier.plant);
    },
  };
}

/** Gives what the ledger said when it was set up. */
export function listingFacts(sources: readonly SourceModel[]): LedgerFact[] {
  return sources.flatMap(({ source, chainId, vault, inbound, outbound }): LedgerFact[] => [
    { kind: 'source-listed', source, edge: inbound, outboundEdge: outbound, originChainId: chainId, vault },
    ...[1, 2].map((vaultAsset): LedgerFact => ({
      kind: 'asset-listed',
      assetId: assetIdOf(source, vaultAsset),
      source,
      vaultAsset,
      underlying: vaultAsset,
      ownPrice: 0,
      decimals: 6,
    })),
  ]);
}

type Outcome = Executed<LedgerState, LedgerFact>;

function applyEntries(
  state: LedgerState,
  call: Extract<LedgerCall, { kind: 'apply' }>,
  place: CallPlace,
  verifier: VerifierModel,
): Outcome {
  const replica = state.replicas.get(call.source);
  if (replica === undefined) return reverted(state, 'SourceUnknown');
  const outcome = replayBatch(replica, call, place, verifier);
  if (outcome.kind === 'refused') return reverted(state, outcome.name);
  const credits = new Credits(state, call.source, verifier.plant);
  const fees = new Map<number, { sum: bigint; last: bigint }>();
  outcome.entries.forEach((packed, at) => {
    const index = BigInt(replica.count + at + 1);
    const words = wordsOf(packed);
    if (!credits.take(words, index)) return;
    const fee = fees.get(words.asset) ?? { sum: 0n, last: 0n };
    if (words.fee > 0n) fees.set(words.asset, { sum: fee.sum + words.fee, last: index });
  });
  for (const [asset, { sum, last }] of fees) credits.fee(asset, sum, { last, feeTo: call.feeTo });
  const { replica: next } = outcome;
  const applied: LedgerFact = {
    kind: 'applied',
    edge: replica.edge,
    from: BigInt(replica.count),
    to: BigInt(next.count),
    head: next.head,
    feeTo: call.feeTo,
  };
  const replicas = new Map(state.replicas).set(call.source, next);
  return {
    state: { ...state, replicas, lines: credits.lines, parked: credits.parked, released: credits.released },
    facts: [...credits.facts, applied],
  };
}

/** The credits of one batch. */
class Credits {
  readonly lines: Map<string, LineModel>;
  readonly parked: Map<string, ParkedModel>;
  readonly released: Map<string, ReleaseRecord>;
  readonly facts: LedgerFact[] = [];
  readonly #source: number;

  readonly #plant: PlantName | undefined;

  constructor(state: LedgerState, source: number, plant: PlantName | undefined) {
    this.lines = new Map(state.lines);
    this.parked = new Map(state.parked);
    this.released = new Map(state.released);
    this.#source = source;
    this.#plant = plant;
  }

  /** Credits an entry; false if it has no effect on a line. */
  take(words: EntryWords, index: bigint): boolean {
    const { asset, account, amount, fee } = words;
    if (words.kind === REFUND) return this.#refund(words, index);
    if (words.kind !== 1 || fee > amount || amount >= 1n << 104n) {
      this.facts.push({ kind: 'refused', source: this.#source, index });
      return false;
    }
    if (amount === 0n) return false;
    if (asset !== 1 && asset !== 2) return this.#park(words, index, 'UNLISTED');
    if ((this.lines.get(`${account}:${assetIdOf(this.#source, asset)}`)?.amount ?? 0n) + amount > LINE_CAP)
      return this.#park(words, index, 'CAP');
    this.#credit(account, asset, this.#plant === 'credit-fee-twice' ? amount : amount - fee);
    return true;
  }

  /** Gives back what a release took, if the ledger still keeps its record. */
  #refund({ asset, account, amount, party }: EntryWords, index: bigint): boolean {
    const seq = BigInt(party);
    const key = `${this.#source}:${seq}`;
    const record = this.released.get(key);
    if (record?.asset !== asset || record.amount !== amount || record.account !== account) {
      this.facts.push({ kind: 'refused', source: this.#source, index });
      return false;
    }
    if (this.#plant !== 'refund-twice') this.released.delete(key);
    this.#credit(account, asset, this.#plant === 'refund-twice' ? 2n * amount : amount);
    const assetId = assetIdOf(this.#source, asset);
    this.facts.push({ kind: 'refunded', source: this.#source, seq, account, assetId, amount });
    return false;
  }

  /** Credits the fees of one asset, or parks them. */
  fee(asset: number, sum: bigint, at: { last: bigint; feeTo: Bytes32 }): void {
    const held = this.lines.get(`${at.feeTo}:${assetIdOf(this.#source, asset)}`)?.amount ?? 0n;
    if (held + sum <= LINE_CAP) return this.#credit(at.feeTo, asset, sum);
    this.#keepParked(
      { source: this.#source, index: at.last, account: at.feeTo, vaultAsset: asset, amount: sum, reason: 'FEE' },
      0n,
    );
  }

  #park({ asset, account, amount, fee }: EntryWords, index: bigint, reason: ParkReason): boolean {
    this.#keepParked({ source: this.#source, index, account, vaultAsset: asset, amount, reason }, fee);
    return false;
  }

  #keepParked(parked: ParkedModel, fee: bigint): void {
    if (this.#plant !== 'lose-parked') this.parked.set(`${parked.source}:${parked.index}`, parked);
    this.facts.push({ kind: 'parked', ...parked, fee });
  }

  #credit(account: Bytes32, asset: number, amount: bigint): void {
    const assetId = assetIdOf(this.#source, asset);
    const key = `${account}:${assetId}`;
    const held = this.lines.get(key);
    if (amount === 0n) return;
    this.lines.set(key, { account, assetId, amount: (held?.amount ?? 0n) + amount });
    if (held === undefined) this.facts.push({ kind: 'enabled', account, assetId, on: true });
  }
}

function refresh(
  state: LedgerState,
  call: Extract<LedgerCall, { kind: 'refresh' }>,
  place: CallPlace,
  verifier: VerifierModel,
): Outcome {
  const found = [...state.replicas].find(([, one]) => one.name === call.statement.edge);
  if (found === undefined) return reverted(state, 'EdgeUnknown');
  const [source, replica] = found;
  const next = refreshReplica(replica, call, place, verifier);
  if (typeof next === 'string') return reverted(state, next);
  return { state: { ...state, replicas: new Map(state.replicas).set(source, next) }, facts: [] };
}

function requestRelease(
  state: LedgerState,
  call: Extract<LedgerCall, { kind: 'release' }>,
  place: CallPlace,
  plant: PlantName | undefined,
): Outcome {
  const { account, assetId, amount, recipient, fee } = call;
  const vaultAsset = assetId % 10;
  const source = (assetId - vaultAsset) / 10;
  const key = `${account}:${assetId}`;
  const line = state.lines.get(key);
  const journal = state.outbound.get(source);
  if (journal === undefined || line === undefined || line.amount < amount || fee > amount)
    return reverted(state, 'LineEmpty');
  const party = `0x${'0'.repeat(24)}${recipient.slice(2)}` as Bytes32;
  const packed = packWords({ kind: RELEASE, asset: vaultAsset, amount, account, party, fee });
  const at = { height: place.height, txHash: place.txHash, logIndex: 0 };
  const longer = plant === 'debit-without-journal' ? journal : append(journal, packed, at);
  const outbound = new Map(state.outbound).set(source, longer);
  const lines = new Map(state.lines).set(key, {
    ...line,
    amount: plant === 'release-without-debit' ? line.amount : line.amount - amount,
  });
  const index = BigInt(longer.lines.length);
  const block = { blockHeight: blockHeight(place.height), blockHash: blockHash(`0x${'0'.repeat(64)}`) };
  const location = { index, ...block, txHash: place.txHash, logIndex: 0 };
  const fact = { account, assetId, vaultAsset, amount, recipient: party, fee, location };
  const released = new Map(state.released).set(`${source}:${index}`, { asset: vaultAsset, amount, account });
  return { state: { ...state, lines, outbound, released }, facts: [{ kind: 'released', edge: journal.edge, ...fact }] };
}

function reverted(state: LedgerState, name: string): Outcome {
  return { state, facts: [], revert: { name, args: [] } };
}
