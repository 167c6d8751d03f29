import { AppError, type Hex, type TxHash, bytesToHex, asciiToBytes } from '@surety/domain';
import type { SenderOptions } from '@surety/transactions';
import { type Abi, encodeErrorResult, keccak256 } from 'viem';
import type { FaultKind, Tally } from './faults.js';
import type { Life } from './life.js';
import type { ModelledChain } from './modelled-chain.js';
import type { Network } from './network.js';
import type { Random } from './random.js';

type Rpc = SenderOptions['rpc'];
type AnyChain = ModelledChain<unknown, unknown, unknown>;

/** Calls by the text that stands for them in a transaction: no ABI is needed where no bytecode runs. */
export class CallBook {
  readonly #calls = new Map<Hex, unknown>();

  /** Returns the calldata of a call. */
  enter(call: object): Hex {
    const calldata = `0x${(this.#calls.size + 1).toString(16).padStart(8, '0')}` as const;
    this.#calls.set(calldata, call);
    return calldata;
  }

  /** Returns the call of some calldata. */
  read(calldata: unknown): unknown {
    return this.#calls.get(calldata as Hex);
  }
}

/** The errors of the modelled contracts, without arguments. */
export const MODEL_ERRORS: Abi = [
  'NothingNew', 'AsOfFell', 'NotAtReplica', 'EdgeMismatch', 'CountNeitherTipNorCut', 'EntriesNotWhole', 'EntriesMissing',
  'EntriesEndElsewhere', 'AsOfAhead', 'HeadMismatch', 'EpochUnknown', 'EpochExpired', 'EpochNotActive', 'SignatureInvalid',
  'SignersNotAscending', 'SignerUnknown', 'TooFewSignatures', 'SourceUnknown', 'EdgeUnknown', 'LineEmpty', 'PaymentUnknown',
  'AlreadyPaid', 'EntryMismatch', 'NotReady', 'EdgeClosed', 'SourceClosed', 'RewindRunning', 'RewindNotRunning', 'PointPastTip',
  'PointUnknown', 'StepPastPoint', 'OrphanUnknown', 'TakeBackTooEarly', 'OrphansLeft', 'AssetUnsettled', 'NothingMissing',
  'NothingToCover', 'CoverTooEarly', 'MarginTooLow', 'AssetShort', 'NotOpen', 'PaymentStateMismatch', 'RefundTooSoon',
  'ReportTooSoon',
].map((name) => ({ type: 'error', name, inputs: [] }) as const); // prettier-ignore

/** What a sender signs with here: bytes that say everything, so that the pool can read them. */
export function modelAccount(sender: string): SenderOptions['account'] {
  const sign = async (fields: object): Promise<Hex> =>
    asciiToHex(
      JSON.stringify({ ...fields, from: sender }, (_, value: unknown) =>
        typeof value === 'bigint' ? value.toString() : value,
      ),
    );
  return { address: sender, signTransaction: sign } as unknown as SenderOptions['account'];
}

/** What one process's RPC needs. */
export interface RpcParts {
  readonly chain: AnyChain;
  readonly life: Life;
  readonly network: Network;
  readonly random: Random;
  readonly tally: Tally;
  readonly calls: CallBook;
  /** Reads views that no transaction needs: gives the answer for a call at a block. */
  readonly isOn: (kind: FaultKind) => boolean;
}

/** JSON-RPC of a modelled chain as a sender of transactions uses it, with what providers do to senders. */
export function rpcModel(parts: RpcParts): Rpc {
  const { chain, life, network, random, tally } = parts;
  const strikes = (kind: FaultKind, rate: number): boolean => {
    if (!parts.isOn(kind) || !random.chance(rate)) return false;
    tally.fire(kind);
    return true;
  };
  return {
    chainId: chain.id,
    rotate: () => undefined,
    call: (method, params) =>
      life.wait(network.delay(), `rpc ${chain.id} ${method}`, () => {
        if (strikes('rpc-down', 0.08)) throw unavailable(chain.id);
        return answer(parts, strikes, method, params);
      }),
    broadcast: (raw) =>
      life.wait(network.delay(), `rpc ${chain.id} send`, () => {
        if (strikes('rpc-down', 0.08)) return { kind: 'unknown', detail: 'nobody answered' };
        const refusal = chain.submit(readTransaction(parts, raw));
        if (strikes('rpc-answer-lost', 0.1)) return { kind: 'unknown', detail: 'the answer was lost' };
        if (refusal === undefined || refusal === 'already known') return { kind: 'accepted' };
        return { kind: refusal === 'nonce too low' ? 'unknown' : 'refused', detail: refusal };
      }),
  };
}

function answer(
  parts: RpcParts,
  strikes: (kind: FaultKind, rate: number) => boolean,
  method: string,
  params: readonly unknown[],
): unknown {
  const { chain } = parts;
  const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
  switch (method) {
    case 'eth_getTransactionCount': {
      const sender = String(params[0]);
      const block = strikes('rpc-stale-nonce', 0.05) ? (chain.head.parent ?? chain.head) : chain.head;
      const mined = block.nonces.get(sender) ?? 0;
      return hex(params[1] === 'pending' ? pendingNonce(chain, sender, mined) : mined);
    }
    case 'eth_getBalance':
      return hex(10n ** 24n);
    case 'eth_getBlockByNumber': {
      const block = params[0] === 'finalized' ? chain.final : chain.head;
      return { number: hex(block.height), timestamp: hex(block.timestampS), baseFeePerGas: hex(block.baseFee) };
    }
    case 'eth_maxPriorityFeePerGas':
      return hex(10n ** 8n);
    case 'eth_estimateGas':
    case 'eth_call':
      return simulated(parts, params[0] as { data: string });
    case 'eth_getTransactionReceipt':
      return strikes('rpc-no-receipt', 0.05) ? null : receiptOf(chain, params[0] as TxHash);
    case 'eth_getTransactionByHash':
      if (strikes('rpc-pool-forgets', 0.03)) return null;
      return chain.pool.some(({ hash }) => hash === params[0]) || chain.minedIn(params[0] as TxHash) !== undefined
        ? {}
        : null;
    default:
      throw new Error(`the model answers no ${method}`);
  }
}

function simulated({ chain, calls }: RpcParts, transaction: { data: string }): string {
  const call = calls.read(transaction.data);
  const { revert } = chain.simulate(call);
  if (revert === undefined) return '0x186a0';
  const payload = encodeErrorResult({ abi: MODEL_ERRORS, errorName: revert.name });
  throw new AppError({
    code: 'RPC_REFUSED',
    message: `execution reverted: ${revert.name}`,
    context: { rpc_code: 3, detail: 'execution reverted', payload },
  });
}

function pendingNonce(chain: AnyChain, sender: string, mined: number): number {
  let next = mined;
  const held = new Set(chain.pool.filter((tx) => tx.sender === sender).map(({ nonce }) => nonce));
  while (held.has(next)) next += 1;
  return next;
}

function receiptOf(chain: AnyChain, hash: TxHash): unknown {
  const found = chain.minedIn(hash);
  if (found === undefined) return null;
  const { block, succeeded } = found;
  return {
    transactionHash: hash,
    blockNumber: `0x${block.height.toString(16)}`,
    blockHash: block.hash,
    status: succeeded ? '0x1' : '0x0',
    gasUsed: '0x186a0',
    effectiveGasPrice: `0x${block.baseFee.toString(16)}`,
  };
}

function readTransaction({ calls }: RpcParts, raw: string): Parameters<AnyChain['submit']>[0] {
  const fields = JSON.parse(Buffer.from(raw.slice(2), 'hex').toString('latin1')) as Record<string, unknown>;
  const call = fields['data'] === undefined ? undefined : calls.read(fields['data']);
  return {
    hash: keccak256(raw as Hex) as TxHash,
    sender: String(fields['from']),
    nonce: Number(fields['nonce']),
    maxFeePerGas: BigInt(String(fields['maxFeePerGas'])),
    gasLimit: BigInt(String(fields['gas'])),
    call,
  };
}

function unavailable(chainId: number): AppError {
  return new AppError({
    code: 'RPC_UNAVAILABLE',
    message: `no provider of chain ${chainId} answered`,
    retryable: true,
  });
}

function asciiToHex(text: string): Hex {
  return bytesToHex(asciiToBytes(text));
}
