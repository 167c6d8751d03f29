import { keccak256 } from '@surety/contracts';
import {
  type Address,
  AppError,
  type BlockHash,
  type BlockHeight,
  type Bytes32,
  type Hex,
  type JournalPosition,
  type TxHash,
  address,
  appendHead,
  bytesToHex,
  chainId,
  uintToBytes,
  ZERO_WORD,
} from '@surety/domain';
import {
  type AccountMembership,
  type AssetFact,
  type AssetTerms,
  type AttesterEpoch,
  type BatchInput,
  CollateralState,
  type CoverageFigures,
  type EntryLookup,
  type FactTransaction,
  type FinalBlock,
  type LedgerFact,
  type LedgerSums,
  type LineFigures,
  type LocatedEntries,
  type MarginSums,
  type MarginsAt,
  type NewestReplica,
  type ProvenReplica,
  type ReleaseVerdict,
  type SettlementReader,
  type SourceListing,
  packAppended,
} from '@surety/workflows';

/** A replica as the chain itself has it, and the point of the rewind that runs. */
interface FakeReplica extends JournalPosition {
  readonly edge: Bytes32;
  readonly name: Bytes32;
  readonly way?: JournalPosition & { readonly next: Bytes32; readonly source: number };
  readonly rewind?: ProvenReplica['rewind'];
}

/** A fact that moves a replica. */
type StepFact = Extract<LedgerFact, { readonly kind: 'applied' | 'rewinding' | 'unwound' | 'edge-opened' }>;

function isStep(fact: LedgerFact): fact is StepFact {
  return ['applied', 'rewinding', 'unwound', 'edge-opened'].includes(fact.kind);
}

/** A replica that was never rewound. */
const NO_REWIND: ProvenReplica['rewind'] = { point: 0n, count: 0n };

/** The vault of a source that is not listed. */
const NOBODY = address(`0x${'00'.repeat(20)}`);

/** A settlement chain in memory: a test says what its blocks hold. */
export class FakeSettlementReader implements SettlementReader {
  readonly chainId = 99;
  epochs: readonly AttesterEpoch[] = [];
  /** Terms of assets, by asset id. */
  readonly terms = new Map<number, AssetTerms>();
  /** Answer of `marginOf`; a test sets it to lie or to agree. */
  margins: (account: Bytes32, block: FinalBlock) => MarginSums = () => {
    throw new AppError({ code: 'NO_QUORUM', message: 'the test says nothing of margins', retryable: true });
  };
  /** Accounts on whose margin its providers agree at no block. */
  readonly split = new Set<Bytes32>();
  /** Protocols that the ledger lists. */
  readonly listed = new Set<Address>();
  /** Set to make every read fail. */
  failure: AppError | undefined;
  /** Facts that the next log read leaves out, once. */
  hide: ((fact: LedgerFact) => boolean) | undefined;
  /** Facts that the first of its providers leaves out, always: another one is asked if that is found out. */
  omit: ((fact: LedgerFact) => boolean) | undefined;
  termsChanged = false;
  /** Hash that logs give for their blocks, if they lie. */
  logHash: BlockHash | undefined;
  tip = 10n;
  readonly #transactions: FactTransaction[] = [];
  readonly #positions = new Map<Bytes32, { height: bigint; position: JournalPosition }[]>();
  /** Replicas by the first names of their edges. */
  readonly #replicas = new Map<Bytes32, { height: bigint; replica: FakeReplica }[]>();
  newestCounts = new Map<Bytes32, bigint>();
  /** Entries that transactions handed in, by their hash. */
  readonly inputs = new Map<TxHash, BatchInput>();

  readonly verifier = { chainId: chainId(99), verifyingContract: address(`0x${'c3'.repeat(20)}`) };
  /** Packed entries `from` < n ≤ `to` of a vault's journal: without them the fake sums nothing up. */
  entriesOf: EntryLookup | undefined;
  /** Verdict of the ledger on a release, by its amount. */
  verdict: (amount: bigint) => ReleaseVerdict = () => ({ kind: 'allowed' });
  /** Lines and protocols that the ledger lists of an account, if a test says it. */
  membership: AccountMembership = { enabled: [], protocols: [] };
  /** Releases of blocks that are not final. */
  requested = new Map<Bytes32, LocatedEntries>();
  /** Set to invent rewinds: proofs show none of their steps. */
  unproven = false;
  readonly #honest = new CollateralState({ chainId: 99, keccak256 });
  #summed = 0;

  /** Adds a transaction to a new final block. */
  add(...facts: LedgerFact[]): void {
    this.tip += 1n;
    this.#transactions.push({ block: { chainId: this.chainId, height: this.tip, hash: hashOf(this.tip) }, facts });
    for (const fact of facts) {
      if (fact.kind === 'source-listed') {
        this.#noteReplica(fact.edge, { edge: fact.edge, name: fact.edge, count: 0n, head: fact.edge });
        this.#note(fact.outboundEdge, { count: 0n, head: fact.outboundEdge });
      }
      if (fact.kind === 'released' || fact.kind === 'journaled') {
        const before = this.#positions.get(fact.edge)?.at(-1)?.position ?? { count: 0n, head: fact.edge };
        const head = appendHead(before.head, packAppended(fact), keccak256);
        this.#note(fact.edge, { count: before.count + 1n, head });
      }
      this.#step(fact);
    }
  }

  /** Moves the replica on that a fact names. */
  #step(fact: LedgerFact): void {
    if (!isStep(fact)) return;
    if (fact.kind !== 'applied' && this.unproven) return;
    const held = [...this.#replicas.values()].flatMap((history) => history.at(-1)?.replica ?? []);
    if (fact.kind === 'unwound') {
      const running = held.find((one) => one.way?.source === fact.source);
      const point = running?.way?.count ?? 0n;
      if (running !== undefined) this.#noteReplica(running.edge, { ...running, rewind: { point, count: fact.count } });
      return;
    }
    const name = fact.kind === 'edge-opened' ? fact.previous : fact.edge;
    const replica = held.find((one) => one.name === name) ?? { edge: name, name, count: 0n, head: name };
    const { edge, way, ...stands } = replica;
    if (fact.kind === 'applied') this.#noteReplica(edge, { ...replica, count: fact.to, head: fact.head });
    else if (fact.kind === 'rewinding') {
      const rewind = { point: fact.count, count: replica.count };
      this.#noteReplica(edge, { ...replica, way: fact, rewind });
    } else this.#noteReplica(edge, { ...stands, edge, name: fact.edge, ...positionOf(way ?? stands) });
  }

  condition(): ReturnType<SettlementReader['condition']> {
    return { kind: 'live' };
  }

  async readFinalTip(): Promise<FinalBlock> {
    return this.readFinalBlock(this.tip);
  }

  async readFinalBlock(height: bigint): Promise<FinalBlock> {
    if (this.failure !== undefined) throw this.failure;
    return finalBlockOf(this.chainId, height);
  }

  async readFacts({
    from,
    to,
    refuse,
  }: Parameters<SettlementReader['readFacts']>[0]): ReturnType<SettlementReader['readFacts']> {
    const { logHash } = this;
    const within = this.#transactions
      .filter(({ block }) => block.height >= from && block.height <= to)
      .map(({ block, facts }) => ({ block: logHash === undefined ? block : { ...block, hash: logHash }, facts }));
    const { hide, omit } = this;
    this.hide = undefined;
    const lies = [omit, hide].flatMap((isLeftOut) => (isLeftOut === undefined ? [] : [without(within, isLeftOut)]));
    // One that hides does so for every provider of the moment; one that omits is alone.
    const answers = hide === undefined ? [...lies, within] : lies;
    let reason: string | undefined;
    for (const transactions of answers) {
      reason = refuse(transactions);
      if (reason !== undefined) continue;
      return { transactions, termsChanged: this.termsChanged || transactions.length > 0, epochsChanged: false };
    }
    throw new AppError({ code: 'INCOMPLETE', message: reason ?? 'nobody was asked', retryable: true });
  }

  async readPositions(
    edges: Parameters<SettlementReader['readPositions']>[0],
    block: FinalBlock,
  ): ReturnType<SettlementReader['readPositions']> {
    const at = (edge: Bytes32): JournalPosition => {
      const held = this.#positions.get(edge)?.filter((one) => one.height <= block.height);
      return held?.at(-1)?.position ?? { count: 0n, head: ZERO_WORD };
    };
    const replicaAt = (edge: Bytes32): ProvenReplica => {
      const held = this.#replicas.get(edge)?.filter((one) => one.height <= block.height);
      const { name = edge, count = 0n, head = ZERO_WORD, way, rewind = NO_REWIND } = held?.at(-1)?.replica ?? {};
      return { count, head, name: name === edge ? ZERO_WORD : name, next: way?.next ?? ZERO_WORD, rewind };
    };
    return { replicas: edges.replicas.map(replicaAt), journals: edges.journals.map(at) };
  }

  async readBatchInput(txHash: TxHash): Promise<BatchInput | undefined> {
    return this.inputs.get(txHash);
  }

  async readSources(sources: readonly number[], block: FinalBlock): Promise<readonly SourceListing[]> {
    const final = this.#factsUntil(block);
    const nothing = { edge: ZERO_WORD, outboundEdge: ZERO_WORD, originChainId: 0, vault: NOBODY };
    return sources.map((source) => {
      const listed = final.find((fact) => fact.kind === 'source-listed' && fact.source === source);
      return listed?.kind === 'source-listed' ? listed : { source, ...nothing };
    });
  }

  async readAssetCount(block: FinalBlock): Promise<number> {
    const listed = this.#factsUntil(block).flatMap((fact) => (fact.kind === 'asset-listed' ? [fact.assetId] : []));
    return Math.max(0, ...listed);
  }

  async readAssets(assetIds: readonly number[], block: FinalBlock): Promise<readonly AssetFact[]> {
    const final = this.#factsUntil(block);
    const nothing = { source: 0, vaultAsset: 0, underlying: 0, ownPrice: 0, decimals: 0 };
    return assetIds.map((assetId) => {
      const listed = final.find((fact) => fact.kind === 'asset-listed' && fact.assetId === assetId);
      return listed?.kind === 'asset-listed' ? listed : { assetId, ...nothing };
    });
  }

  /** Returns what honest logs say up to a block. */
  #factsUntil(block: FinalBlock): readonly LedgerFact[] {
    return this.#transactions.filter((one) => one.block.height <= block.height).flatMap(({ facts }) => facts);
  }

  async readSums(assetIds: readonly number[], block: FinalBlock): Promise<readonly LedgerSums[]> {
    if (!this.#fold(block)) return [];
    return assetIds.flatMap((assetId) => this.#honest.sums.get(assetId) ?? []);
  }

  async readCoverages(
    assets: Parameters<SettlementReader['readCoverages']>[0],
    block: FinalBlock,
  ): Promise<readonly CoverageFigures[]> {
    this.#fold(block);
    return assets.map((asset) => this.#honest.coverageOf(asset));
  }

  /** Folds what honest logs say up to a block; false if the test names no entries. */
  #fold(block: FinalBlock): boolean {
    const { entriesOf } = this;
    if (entriesOf === undefined) return false;
    for (let next = this.#transactions[this.#summed]; next !== undefined && next.block.height <= block.height;) {
      const { facts, block: at } = next;
      const seen = this.#transactions.slice(0, this.#summed + 1).flatMap((one) => one.facts);
      const name = seen.findLast((fact) => fact.kind === 'rewinding')?.edge ?? ZERO_WORD;
      const entryAt = (_: number, seq: bigint): Uint8Array => entriesOf(name, seq - 1n, seq);
      this.#honest.apply(facts, entriesOf, { entryAt, atS: finalBlockOf(this.chainId, at.height).timestamp });
      next = this.#transactions[++this.#summed];
    }
    return true;
  }

  /** Dates of parked credits, by number. */
  readonly parkedDates = new Map<bigint, bigint>();
  dateReads = 0;

  async readLine(
    { account, assetId }: { readonly account: Bytes32; readonly assetId: number },
    block: FinalBlock,
  ): Promise<LineFigures> {
    await this.readSums([], block);
    const line = this.#honest.lines.find((one) => one.account === account && one.assetId === assetId);
    const { amount = 0n, unseasoned = 0n, seasonEnd = 0n } = line ?? {};
    return { amount, unseasoned, seasonEnd };
  }

  async readParkedDate({ index }: { readonly index: bigint }): Promise<bigint | undefined> {
    this.dateReads += 1;
    return this.parkedDates.get(index);
  }

  async readMembership(): Promise<AccountMembership> {
    return this.membership;
  }

  async tryRelease({ amount }: Parameters<SettlementReader['tryRelease']>[0]): Promise<ReleaseVerdict> {
    return this.verdict(amount);
  }

  async readTerms(assets: Parameters<SettlementReader['readTerms']>[0]): Promise<readonly AssetTerms[]> {
    return assets.flatMap(({ assetId }) => this.terms.get(assetId) ?? []);
  }

  async readEpochs(): Promise<readonly AttesterEpoch[]> {
    return this.epochs;
  }

  async readMargins({ accounts, block }: MarginsAt): Promise<readonly MarginSums[]> {
    return accounts.map((account) => this.margins(account, block));
  }

  async readAgreedMargins({ accounts, block }: MarginsAt): Promise<ReadonlyMap<Bytes32, MarginSums>> {
    const agreed = accounts.filter((account) => !this.split.has(account));
    return new Map(agreed.map((account) => [account, this.margins(account, block)]));
  }

  async readListed(protocols: readonly Address[]): Promise<readonly boolean[]> {
    return protocols.map((protocol) => this.listed.has(protocol));
  }

  async readNewest({
    edges,
  }: Parameters<SettlementReader['readNewest']>[0]): ReturnType<SettlementReader['readNewest']> {
    const replicas = new Map<Bytes32, NewestReplica>();
    for (const { edgeId } of edges) {
      const held = this.#replicas.get(edgeId)?.at(-1)?.replica;
      const count = this.newestCounts.get(edgeId) ?? held?.count;
      if (count === undefined) {
        throw new AppError({
          code: 'NO_QUORUM',
          message: `the ledger lists no source with ${edgeId}`,
          retryable: true,
        });
      }
      replicas.set(edgeId, { name: held?.name ?? edgeId, count });
    }
    const block = { chainId: this.chainId, height: this.tip + 2n, hash: hashOf(this.tip + 2n) };
    return { block, replicas, released: this.requested };
  }

  #noteReplica(edge: Bytes32, replica: FakeReplica): void {
    this.#replicas.set(edge, [...(this.#replicas.get(edge) ?? []), { height: this.tip, replica }]);
  }

  #note(edge: Bytes32, position: JournalPosition): void {
    this.#positions.set(edge, [...(this.#positions.get(edge) ?? []), { height: this.tip, position }]);
  }
}

function positionOf({ count, head }: JournalPosition): JournalPosition {
  return { count, head };
}

/** The final block of a fake chain at a height. */
export function finalBlockOf(chain: number, height: bigint): FinalBlock {
  return {
    chainId: chainId(chain),
    height: height as BlockHeight,
    hash: hashOf(height),
    parentHash: hashOf(height - 1n),
    stateRoot: hashOf(height) as Hex as Bytes32,
    timestamp: 1_700_000_000n + height,
  } as FinalBlock;
}

/** Returns the hash of a block of a fake chain. */
export function hashOf(height: bigint): BlockHash {
  return bytesToHex(keccak256(uintToBytes(height + 1n, 32))) as BlockHash;
}

function without(
  transactions: readonly FactTransaction[],
  isLeftOut: (fact: LedgerFact) => boolean,
): FactTransaction[] {
  return transactions.map((one) => ({ ...one, facts: one.facts.filter((fact) => !isLeftOut(fact)) }));
}
