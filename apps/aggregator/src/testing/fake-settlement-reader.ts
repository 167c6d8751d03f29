import { keccak256 } from '@surety/contracts';
import {
  AppError,
  type BlockHash,
  type BlockHeight,
  type Bytes32,
  type Hex,
  type JournalPosition,
  bytesToHex,
  chainId,
  uintToBytes,
} from '@surety/domain';
import type {
  AssetTerms,
  AttesterEpoch,
  FactTransaction,
  FinalBlock,
  KnownEdge,
  LedgerFact,
  MarginSums,
  SettlementReader,
} from '@surety/workflows';

/** A settlement chain in memory: a test says what its blocks hold. */
export class FakeSettlementReader implements SettlementReader {
  readonly chainId = 99;
  epochs: readonly AttesterEpoch[] = [];
  /** Terms of assets, by asset id. */
  readonly terms = new Map<number, AssetTerms>();
  /** What `marginOf` would answer; a test sets it to lie or to agree. */
  margins: (account: Bytes32, block: FinalBlock) => MarginSums = () => {
    throw new AppError({ code: 'NO_QUORUM', message: 'the test says nothing of margins', retryable: true });
  };
  /** Set to make every read fail. */
  failure: AppError | undefined;
  /** Facts that the next log read leaves out, once. */
  hide: ((fact: LedgerFact) => boolean) | undefined;
  termsChanged = false;
  /** Hash that logs give for their blocks, if they lie. */
  logHash: BlockHash | undefined;
  tip = 10n;
  readonly #transactions: FactTransaction[] = [];
  readonly #positions = new Map<Bytes32, { height: bigint; position: JournalPosition }[]>();
  newestCounts = new Map<Bytes32, bigint>();

  /** Adds a transaction to a new final block. */
  add(...facts: LedgerFact[]): void {
    this.tip += 1n;
    this.#transactions.push({ block: { chainId: this.chainId, height: this.tip, hash: hashOf(this.tip) }, facts });
    for (const fact of facts) {
      if (fact.kind === 'source-listed') this.#note(fact.edge, { count: 0n, head: fact.edge });
      if (fact.kind === 'applied') this.#note(fact.edge, { count: fact.to, head: fact.head });
    }
  }

  condition(): ReturnType<SettlementReader['condition']> {
    return { kind: 'live' };
  }

  async readFinalTip(): Promise<FinalBlock> {
    return this.readFinalBlock(this.tip);
  }

  async readFinalBlock(height: bigint): Promise<FinalBlock> {
    if (this.failure !== undefined) throw this.failure;
    return {
      chainId: chainId(this.chainId),
      height: height as BlockHeight,
      hash: hashOf(height),
      parentHash: hashOf(height - 1n),
      stateRoot: hashOf(height) as Hex as Bytes32,
      timestamp: 1_700_000_000n + height,
    } as FinalBlock;
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
    const { hide } = this;
    this.hide = undefined;
    const shown =
      hide === undefined ? within : within.map((one) => ({ ...one, facts: one.facts.filter((fact) => !hide(fact)) }));
    const reason = refuse(shown);
    if (reason !== undefined) throw new AppError({ code: 'INCOMPLETE', message: reason, retryable: true });
    return { transactions: shown, termsChanged: this.termsChanged || shown.length > 0, epochsChanged: false };
  }

  async readPositions(edges: readonly Bytes32[], block: FinalBlock): Promise<readonly JournalPosition[]> {
    return edges.map((edge) => {
      const held = this.#positions
        .get(edge)
        ?.filter((one) => one.height <= block.height)
        .at(-1);
      return held?.position ?? { count: 0n, head: edge };
    });
  }

  async readTerms(assets: Parameters<SettlementReader['readTerms']>[0]): Promise<readonly AssetTerms[]> {
    return assets.flatMap(({ assetId }) => this.terms.get(assetId) ?? []);
  }

  async readEpochs(): Promise<readonly AttesterEpoch[]> {
    return this.epochs;
  }

  async readMargins({
    accounts,
    block,
  }: Parameters<SettlementReader['readMargins']>[0]): Promise<readonly MarginSums[]> {
    return accounts.map((account) => this.margins(account, block));
  }

  async readNewest(edges: readonly KnownEdge[]): ReturnType<SettlementReader['readNewest']> {
    const counts = new Map<Bytes32, bigint>();
    for (const { edgeId } of edges) {
      if (!this.#positions.has(edgeId) && !this.newestCounts.has(edgeId)) {
        throw new AppError({
          code: 'NO_QUORUM',
          message: `the ledger lists no source with ${edgeId}`,
          retryable: true,
        });
      }
      const count = this.newestCounts.get(edgeId) ?? this.#positions.get(edgeId)?.at(-1)?.position.count;
      if (count !== undefined) counts.set(edgeId, count);
    }
    return { block: { chainId: this.chainId, height: this.tip + 2n, hash: hashOf(this.tip + 2n) }, counts };
  }

  #note(edge: Bytes32, position: JournalPosition): void {
    this.#positions.set(edge, [...(this.#positions.get(edge) ?? []), { height: this.tip, position }]);
  }
}

function hashOf(height: bigint): BlockHash {
  return bytesToHex(keccak256(uintToBytes(height + 1n, 32))) as BlockHash;
}
