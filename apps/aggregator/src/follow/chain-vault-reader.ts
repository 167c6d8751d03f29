import type { OriginChainReader } from '@surety/chain';
import { collateralVaultAbi, decodeBatchInput } from '@surety/contracts';
import { type BlockHeight, type Bytes32, type TxHash, bytes32, mulDivDown } from '@surety/domain';
import {
  type AttesterEpoch,
  type BatchInput,
  type ChainLog,
  type FinalBlock,
  type KnownEdge,
  type NewestVault,
  PAYMENT_STATES,
  type PaymentState,
  type ProvenReplica,
  QUOTED_LANES,
  type VaultBooks,
  type VaultFactRange,
  type VaultLockQuote,
  type VaultQuote,
  type VaultReader,
  isLocalEdge,
} from '@surety/workflows';
import { type AskView, each, newestViews, readEpochsByCall, viewsAt } from './contract-views.js';
import { VAULT_FACT_TOPICS, decodeVaultFacts, vaultFactOf } from './decode-vault-facts.js';
import type { QuorumCaller } from './quorum-caller.js';
import { provenReplicaOf, provenReplicaSlots } from './read-replica.js';

/** A vault and its verifier, and how to read them. */
export interface ChainVaultOptions {
  readonly chain: OriginChainReader;
  readonly caller: QuorumCaller;
  /** The edge from the ledger's journal to the vault; its replica is the vault, its domain the attester set there. */
  readonly known: KnownEdge;
  readonly vaultCodeHash: Bytes32;
}

/** Reads one vault through verified blocks, proofs and judged logs; sums by a quorum of providers. */
export class ChainVaultReader implements VaultReader {
  readonly chainId: number;
  readonly known: KnownEdge;
  readonly #options: ChainVaultOptions;

  constructor(options: ChainVaultOptions) {
    this.#options = options;
    this.chainId = options.chain.chainId;
    this.known = options.known;
  }

  condition(): ReturnType<VaultReader['condition']> {
    return this.#options.chain.condition();
  }

  readFinalTip(signal?: AbortSignal): Promise<FinalBlock> {
    return this.#options.chain.readFinalTip(signal);
  }

  readFinalBlock(height: bigint, signal?: AbortSignal): Promise<FinalBlock> {
    return this.#options.chain.readFinalBlock(height as BlockHeight, signal);
  }

  async readFacts(range: Parameters<VaultReader['readFacts']>[0], signal?: AbortSignal): Promise<VaultFactRange> {
    const { known } = this;
    const { chain } = this.#options;
    const blocks = { fromBlock: range.from as BlockHeight, toBlock: range.to as BlockHeight };
    const refuse = (logs: readonly ChainLog[]): string | undefined =>
      range.refuse(decodeVaultFacts(logs, this.chainId));
    const own = { ...blocks, address: known.edge.replica, topics: [VAULT_FACT_TOPICS] };
    const logs = await chain.readLogs({ ...own, refuse }, signal);
    const sets = await chain.readLogs({ ...blocks, address: known.domain.verifyingContract, topics: [] }, signal);
    return { transactions: decodeVaultFacts(logs, this.chainId), epochsChanged: sets.length > 0 };
  }

  async readReplica(block: FinalBlock, signal?: AbortSignal): Promise<ProvenReplica> {
    const { chain, vaultCodeHash: codeHash } = this.#options;
    const { edge, edgeId } = this.known;
    const request = { contract: edge.replica, slots: provenReplicaSlots(edgeId), block, codeHash };
    return provenReplicaOf((await chain.readSlots(request, signal)).values);
  }

  async readBatchInput(txHash: TxHash, signal?: AbortSignal): Promise<BatchInput | undefined> {
    return decodeBatchInput(await this.#options.caller.readInput(txHash, signal));
  }

  async readSums(
    vaultAssets: readonly number[],
    block: FinalBlock,
    signal?: AbortSignal,
  ): ReturnType<VaultReader['readSums']> {
    const sums: VaultBooks[] = [];
    const view = this.#viewsAt(block, signal);
    await each(vaultAssets, async (vaultAsset) => {
      const { owed, paidCum, coverage, shortSince, reportedAt, limit, decimals } = await view('assetOf', vaultAsset);
      sums.push({
        vaultAsset,
        owed,
        paid: paidCum,
        coverageWad: coverage,
        shortSince: BigInt(shortSince),
        reportedAt: BigInt(reportedAt),
        // Thousandths of a whole token that it pays a day.
        limitUnits: mulDivDown(limit, 10n ** BigInt(decimals), 1_000n),
      });
    });
    return sums;
  }

  async readPaymentStates(
    seqs: readonly bigint[],
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<readonly PaymentState[]> {
    const states = new Map<bigint, PaymentState>();
    const view = this.#viewsAt(block, signal);
    await each(seqs, async (seq) => {
      states.set(seq, PAYMENT_STATES[(await view('payment', seq)).state] ?? 'NONE');
    });
    return seqs.map((seq) => states.get(seq) ?? 'NONE');
  }

  async readQuote(
    { vaultAsset, amount }: { readonly vaultAsset: number; readonly amount: bigint },
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<VaultQuote> {
    const quoted = await this.#viewsAt(block, signal)('quotePayment', vaultAsset, amount);
    return {
      lane: QUOTED_LANES[quoted.lane] ?? null,
      readyAt: BigInt(quoted.readyAt),
      waits: quoted.waits,
      opensAt: BigInt(quoted.opensAt),
      largest: quoted.largestUnits,
    };
  }

  async readLockQuote(
    { vaultAsset, amount, account }: Parameters<VaultReader['readLockQuote']>[0],
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<VaultLockQuote> {
    const view = this.#viewsAt(block, signal);
    const [[refusal, minimum, room], feeMinimum] = await Promise.all([
      view('quoteLock', vaultAsset, amount, account),
      view('lockFeeOf', vaultAsset),
    ]);
    return { refusal, minimum, room, feeMinimum };
  }

  async readEpochs(
    at: Parameters<VaultReader['readEpochs']>[0],
    signal?: AbortSignal,
  ): Promise<readonly AttesterEpoch[]> {
    const { known } = this;
    // The verifier of a vault beside the ledger has no member.
    if (isLocalEdge(known)) return [];
    const { caller } = this.#options;
    return readEpochsByCall(caller, { attesterSet: known.domain.verifyingContract, ...at }, signal);
  }

  async readNewest(after: bigint, signal?: AbortSignal): Promise<NewestVault> {
    const { known } = this;
    const { caller } = this.#options;
    const to = known.edge.replica;
    return caller.lookAtNewest({ calls: 1, signal }, async (newest) => {
      const [edge, count] = await newestViews(newest, { to, abi: collateralVaultAbi })('replicaState');
      const logs = await newest.logs({ contract: to, topics: VAULT_FACT_TOPICS, after });
      const { height, hash } = newest.block;
      return {
        block: { chainId: this.chainId, height, hash },
        name: bytes32(edge),
        count,
        facts: logs.flatMap((log) => vaultFactOf(log) ?? []),
      };
    });
  }
  #viewsAt(block: FinalBlock, signal: AbortSignal | undefined): AskView<typeof collateralVaultAbi> {
    return viewsAt(this.#options.caller, { to: this.known.edge.replica, abi: collateralVaultAbi, block }, signal);
  }
}
