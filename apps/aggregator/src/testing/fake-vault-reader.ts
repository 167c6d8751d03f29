import { keccak256 } from '@surety/contracts';
import { type AppError, type TxHash, ZERO_WORD } from '@surety/domain';
import {
  type AttesterEpoch,
  type BatchInput,
  type FinalBlock,
  type KnownEdge,
  type NewestVault,
  type PaymentState,
  type ProvenReplica,
  type VaultAppliedFact,
  type VaultFact,
  type VaultLockQuote,
  type VaultQuote,
  type VaultReader,
  VaultState,
  type VaultTransaction,
} from '@surety/workflows';
import { AppError as Failure } from '@surety/domain';
import { finalBlockOf, hashOf } from './fake-settlement-reader.js';

/** An in-memory vault chain whose blocks a test fills. */
export class FakeVaultReader implements VaultReader {
  readonly chainId: number;
  readonly known: KnownEdge;
  epochs: readonly AttesterEpoch[] = [];
  /** Set to make every read fail. */
  failure: AppError | undefined;
  /** Facts that the first of its providers leaves out, always. */
  hide: ((fact: VaultFact) => boolean) | undefined;
  /** Facts that every provider invents at the end of what it gives. */
  invent: readonly VaultFact[] = [];
  tip = 10n;
  /** Verdict of the vault on a release, by its amount. */
  quote: (amount: bigint, timestamp: bigint) => VaultQuote = (_, readyAt) => ({
    lane: 'small',
    readyAt,
    waits: false,
    opensAt: 0n,
    largest: 1_000_000n,
  });
  /** Since when an asset is short, and when it was last reported, in seconds. */
  readonly dates = new Map<number, { readonly shortSince: bigint; readonly reportedAt: bigint }>();
  /** Facts of blocks that are not final. */
  newest: { count: bigint; facts: VaultFact[] } | undefined;
  /** The entries of a batch that the vault replayed. */
  packedOf: (batch: VaultAppliedFact) => Uint8Array;
  readonly #transactions: VaultTransaction[] = [];

  constructor(known: KnownEdge, packedOf: (batch: VaultAppliedFact) => Uint8Array) {
    this.known = known;
    this.chainId = Number(known.edge.destinationChainId);
    this.packedOf = packedOf;
  }

  /** Adds a transaction to a new final block. */
  add(...facts: VaultFact[]): void {
    this.tip += 1n;
    this.#transactions.push({ block: { chainId: this.chainId, height: this.tip, hash: hashOf(this.tip) }, facts });
  }

  condition(): ReturnType<VaultReader['condition']> {
    return { kind: 'live' };
  }

  readFinalTip(): Promise<FinalBlock> {
    return this.readFinalBlock(this.tip);
  }

  async readFinalBlock(height: bigint): Promise<FinalBlock> {
    if (this.failure !== undefined) throw this.failure;
    return finalBlockOf(this.chainId, height);
  }

  async readFacts({ from, to, refuse }: Parameters<VaultReader['readFacts']>[0]): ReturnType<VaultReader['readFacts']> {
    const within = this.#transactions.filter(({ block }) => block.height >= from && block.height <= to);
    const { hide } = this;
    const lying =
      hide === undefined ? [] : [within.map((one) => ({ ...one, facts: one.facts.filter((fact) => !hide(fact)) }))];
    let reason: string | undefined;
    for (const transactions of [...lying, within]) {
      const block = { chainId: this.chainId, height: this.tip, hash: hashOf(this.tip) };
      const shown = [...transactions, { block, facts: this.invent }].filter((one) => one.facts.length > 0);
      reason = refuse(shown);
      if (reason === undefined) return { transactions: shown, epochsChanged: false };
    }
    throw new Failure({ code: 'INCOMPLETE', message: reason ?? 'nobody was asked', retryable: true });
  }

  async readReplica(block: FinalBlock): Promise<ProvenReplica> {
    const { count, head, name = ZERO_WORD, rewind } = this.#honest(block).replica;
    const facts = this.#transactions.flatMap((one) => (one.block.height <= block.height ? one.facts : []));
    const point = facts.findLast((fact) => fact.kind === 'rewinding')?.count ?? 0n;
    return { count, head, name, next: rewind?.next ?? ZERO_WORD, rewind: { point, count: rewind?.count ?? point } };
  }

  /** Entries that transactions handed in, by their hash. */
  readonly inputs = new Map<TxHash, BatchInput>();

  async readBatchInput(txHash: TxHash): Promise<BatchInput | undefined> {
    return this.inputs.get(txHash);
  }

  async readSums(vaultAssets: readonly number[], block: FinalBlock): ReturnType<VaultReader['readSums']> {
    const { sums } = this.#honest(block);
    return vaultAssets.map((vaultAsset) => {
      const { owed = 0n, paid = 0n, coverageWad = 0n } = sums.get(vaultAsset) ?? {};
      const { shortSince = 0n, reportedAt = 0n } = this.dates.get(vaultAsset) ?? {};
      return { vaultAsset, owed, paid, coverageWad, shortSince, reportedAt, limitUnits: 1_000n };
    });
  }

  async readPaymentStates(seqs: readonly bigint[], block: FinalBlock): Promise<readonly PaymentState[]> {
    const rows = new Map(
      this.#honest(block)
        .among([])
        .map((row) => [row.seq, row]),
    );
    return seqs.map((seq) => rows.get(seq)?.state ?? 'NONE');
  }

  async readQuote({ amount }: { readonly amount: bigint }, { timestamp }: FinalBlock): Promise<VaultQuote> {
    return this.quote(amount, timestamp);
  }

  /** Verdict of the vault on a lock, by its amount. */
  lockQuote: (amount: bigint) => VaultLockQuote = () => {
    return { refusal: 0, minimum: 1_000_000n, room: 10n ** 15n, feeMinimum: 0n };
  };

  async readLockQuote({ amount }: { readonly amount: bigint }): Promise<VaultLockQuote> {
    return this.lockQuote(amount);
  }

  async readEpochs(): Promise<readonly AttesterEpoch[]> {
    return this.epochs;
  }

  async readNewest(): Promise<NewestVault> {
    const { edge, count, name = edge } = this.#honest(await this.readFinalTip()).replica;
    const { newest = { count, facts: [] } } = this;
    const block = { chainId: this.chainId, height: this.tip + 2n, hash: hashOf(this.tip + 2n) };
    return { block, name, ...newest };
  }

  /** The vault as it is at a block, whatever providers say. */
  #honest(block: FinalBlock): VaultState {
    const { edgeId: edge, source, edge: ends } = this.known;
    const at = { chainId: this.chainId, edge, source, originChainId: 99, vault: ends.replica };
    const state = new VaultState({
      replica: { ...at, count: 0n, head: edge },
      sums: [],
      keccak256,
    });
    for (const transaction of this.#transactions)
      if (transaction.block.height <= block.height) state.apply(transaction, this.packedOf);
    return state;
  }
}
