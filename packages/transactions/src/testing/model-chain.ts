import { type Hex, type TxHash, blockHeight } from '@surety/domain';
import { keccak256, toHex } from 'viem';
import { transactionError } from '../errors.js';
import type { BroadcastOutcome, Rpc } from '../rpc.js';

/** A transaction of the model: its call is a number; a cancelling transaction has none. */
export interface ModelTransaction {
  readonly hash: string;
  readonly nonce: number;
  readonly call: number | null;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** In the words of nodes: the transaction that is refused so may be the one that spent it. */
const NONCE_SPENT = 'nonce too low';

const GWEI = 1_000_000_000n;

/** Encodes a transaction of the model as "signed" bytes. */
export function encodeModel(transaction: Record<string, unknown>): Hex {
  return toHex(
    JSON.stringify(transaction, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
}

/**
 * An in-memory chain with a pool for one key that mines, reorganises, loses and rediscovers transactions on request. A
 * call takes effect each time it is mined: only the sender can prevent a second effect.
 */
export class ModelChain {
  readonly blocks: ModelTransaction[][] = [[]];
  readonly pool = new Map<string, ModelTransaction>();
  /** Every transaction ever accepted, in case it reappears. */
  readonly seen = new Map<string, ModelTransaction>();
  /** Calls that simulation rejects now; one that is mined anyway still takes effect, like a transfer. */
  readonly closed = new Set<number>();
  baseFee = GWEI;
  /** Tip below which the pool takes nothing, and the words in which it refuses. */
  leastTip = 0n;
  refusal = 'transaction underpriced';
  /** Highest block that can no longer be reorganised away. */
  finalHeight = 0;
  /** Number of upcoming requests that fail. */
  silentFor = 0;
  /** Decides whether a broadcast's response is lost, and whether the transaction still arrives. */
  loseAnswer: () => 'no' | 'arrives' | 'vanishes' = () => 'no';

  readonly #finalDepth: number;

  constructor(finalDepth: number) {
    this.#finalDepth = finalDepth;
  }

  get nonce(): number {
    return this.blocks.reduce((sum, block) => sum + block.length, 0);
  }

  /** Returns how often a call has taken effect on the canonical chain. */
  effects(call: number): number {
    return this.blocks.flat().filter((one) => one.call === call).length;
  }

  /** Mines one block of the transactions that pay enough, in nonce order. */
  mine(includes: () => boolean): void {
    const block: ModelTransaction[] = [];
    for (let nonce = this.nonce; ; nonce++) {
      const next = [...this.pool.values()].find((one) => one.nonce === nonce);
      if (next === undefined || next.maxFeePerGas < this.baseFee || !includes()) break;
      this.pool.delete(next.hash);
      block.push(next);
    }
    this.blocks.push(block);
    this.finalHeight = Math.max(this.finalHeight, this.blocks.length - 1 - this.#finalDepth);
    for (const [hash, { nonce }] of this.pool) if (nonce < this.nonce) this.pool.delete(hash);
  }

  /** Removes blocks from the tip; their transactions return to the pool or are lost. */
  reorganise(depth: number, keeps: () => boolean): number {
    const gone = this.blocks.splice(Math.max(this.finalHeight + 1, this.blocks.length - depth)).flat();
    for (const one of gone) if (keeps()) this.pool.set(one.hash, one);
    return gone.length;
  }

  /** The chain's RPC for one sender. */
  rpc(): Rpc {
    return {
      chainId: 1,
      rotate: () => undefined,
      call: async (method, params) => this.#answer(method, params),
      broadcast: async (raw) => this.#broadcast(raw),
    };
  }

  #broadcast(raw: string): BroadcastOutcome {
    if (this.silentFor > 0) return { kind: 'unknown', detail: 'silent' };
    const lost = this.loseAnswer();
    if (lost === 'vanishes') return { kind: 'unknown', detail: 'lost' };
    const text = Buffer.from(raw.slice(2), 'hex').toString();
    const { nonce, data, maxFeePerGas, maxPriorityFeePerGas } = JSON.parse(text) as Record<string, string>;
    const hash = keccak256(raw as Hex);
    const fees = { maxFeePerGas: BigInt(maxFeePerGas ?? 0), maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas ?? 0) };
    const call = data === undefined ? null : Number(BigInt(data));
    const refused = this.#take({ hash, nonce: Number(nonce), call, ...fees });
    if (lost === 'arrives') return { kind: 'unknown', detail: 'lost' };
    if (refused === NONCE_SPENT) return { kind: 'unknown', detail: refused };
    return refused === undefined ? { kind: 'accepted' } : { kind: 'refused', detail: refused };
  }

  #take(one: ModelTransaction): string | undefined {
    if (this.pool.has(one.hash)) return undefined;
    if (one.nonce < this.nonce) return NONCE_SPENT;
    if (one.maxPriorityFeePerGas < this.leastTip) return this.refusal;
    const rival = [...this.pool.values()].find(({ nonce }) => nonce === one.nonce);
    if (rival !== undefined) {
      if (one.maxFeePerGas * 10n < rival.maxFeePerGas * 11n) return 'replacement transaction underpriced';
      this.pool.delete(rival.hash);
    }
    this.pool.set(one.hash, one);
    this.seen.set(one.hash, one);
    return undefined;
  }

  #answer(method: string, params: readonly unknown[]): unknown {
    if (this.silentFor > 0) {
      this.silentFor -= 1;
      throw transactionError('RPC_UNAVAILABLE', 'silent');
    }
    const head = this.blocks.length - 1;
    switch (method) {
      case 'eth_getTransactionCount':
        return toHex(params[1] === 'latest' ? this.nonce : this.#pendingNonce());
      case 'eth_getBalance':
        return toHex(10n ** 24n);
      case 'eth_getBlockByNumber':
        return { number: toHex(head), timestamp: toHex(head), baseFeePerGas: toHex(this.baseFee) };
      case 'eth_maxPriorityFeePerGas':
        return toHex(1_000_000n);
      case 'eth_getTransactionReceipt':
        return this.#receipt(params[0] as TxHash);
      case 'eth_getTransactionByHash':
        return this.pool.has(String(params[0])) || this.#receipt(params[0] as TxHash) !== null ? {} : null;
      case 'eth_estimateGas':
        return this.#estimate(params[0] as { data: string });
      default:
        return '0x';
    }
  }

  #pendingNonce(): number {
    const nonces = new Set([...this.pool.values()].map(({ nonce }) => nonce));
    let next = this.nonce;
    while (nonces.has(next)) next += 1;
    return next;
  }

  #receipt(hash: TxHash): unknown {
    const at = this.blocks.findIndex((block) => block.some((one) => one.hash === hash));
    if (at < 0) return null;
    return {
      transactionHash: hash,
      blockNumber: toHex(blockHeight(BigInt(at))),
      blockHash: `0x${'1'.repeat(64)}`,
      status: '0x1',
      gasUsed: toHex(50_000n),
      effectiveGasPrice: toHex(this.baseFee),
      logs: [],
    };
  }

  #estimate({ data }: { data: string }): string {
    if (!this.closed.has(Number(BigInt(data)))) return toHex(50_000n);
    throw transactionError('RPC_REFUSED', 'execution reverted', {
      rpc_code: 3,
      detail: 'execution reverted',
      payload: '0x',
    });
  }
}
