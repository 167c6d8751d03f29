import { type Revert, describeRevert } from '@surety/contracts';
import {
  type Address,
  AppError,
  type BlockHash,
  type BlockHeight,
  type Bytes32,
  type Hex,
  type TxHash,
  address,
  blockHash,
  blockHeight,
  bytes32,
  txHash as asTxHash,
} from '@surety/domain';
import { isOutOfGas } from '@surety/rpc';
import { type Abi, decodeFunctionResult, keccak256, numberToHex } from 'viem';
import { transactionError } from './errors.js';
import { TRANSACTION_GAS_MAX } from '@surety/workflows';
import type { FeeMarket } from './plan-fees.js';
import type { Rpc } from './rpc.js';

/** The call to simulate. */
export interface CallRequest {
  readonly from: Address;
  readonly to: Address;
  readonly calldata: Hex;
  readonly value?: bigint;
  /** Gas that it may use; the node's own limit unless given. */
  readonly gas?: bigint;
}

/** The receipt of a mined transaction. */
export interface Receipt {
  readonly txHash: TxHash;
  readonly height: BlockHeight;
  readonly blockHash: BlockHash;
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  /** Total cost of the transaction in wei. */
  readonly feeWei: bigint;
}

/** One event of a transaction. */
export interface ReceiptLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** One event with its block, transaction and index. */
export interface BlockLog extends ReceiptLog {
  readonly txHash: TxHash;
  readonly height: BlockHeight;
}

/** A block's height, time and fees. */
export interface BlockHead {
  readonly height: BlockHeight;
  /** Seconds. */
  readonly timestamp: bigint;
  readonly baseFeePerGas: bigint;
}

/** Typed reads of one chain. Each may throw RPC_UNAVAILABLE, RPC_REFUSED, RPC_BAD_ANSWER or CHAIN_MISMATCH. */
export interface ChainReads {
  readNonce(sender: Address, tag: 'latest' | 'pending', signal?: AbortSignal): Promise<bigint>;
  readBalance(owner: Address, signal?: AbortSignal): Promise<bigint>;
  /** keccak256 of the runtime code at an address; the hash of empty bytes if there is none. */
  readCodeHash(contract: Address, signal?: AbortSignal): Promise<Bytes32>;
  readHead(tag: 'latest' | 'finalized', signal?: AbortSignal): Promise<BlockHead>;
  /** Timestamp of the block at a height, in seconds. */
  readTime(height: bigint, signal?: AbortSignal): Promise<bigint>;
  /** Fees for the block after the newest one, and the newest one's height. */
  readMarket(signal?: AbortSignal): Promise<FeeMarket & { readonly height: BlockHeight }>;
  /** Returns undefined until the transaction is mined. */
  readReceipt(txHash: TxHash, signal?: AbortSignal): Promise<Receipt | undefined>;
  /** Returns the events of a transaction; none until it is mined. */
  readLogs(txHash: TxHash, signal?: AbortSignal): Promise<readonly ReceiptLog[]>;
  /**
   * Returns a contract's logs with this first topic in blocks `from` to `to`, both included. The caller chooses a range
   * that providers serve.
   */
  readEvents(
    of: { readonly contract: Address; readonly topic: Hex; readonly from: bigint; readonly to: bigint },
    signal?: AbortSignal,
  ): Promise<readonly BlockLog[]>;
  /** Returns whether the node knows the transaction, in its pool or in a block. */
  readKnown(txHash: TxHash, signal?: AbortSignal): Promise<boolean>;
  /** Calls at a block; returns a revert as a value. */
  call(
    request: CallRequest | Omit<CallRequest, 'from'>,
    at: BlockHeight | 'latest',
    signal?: AbortSignal,
  ): Promise<{ readonly kind: 'answer'; readonly bytes: Hex } | { readonly kind: 'reverted'; readonly revert: Revert }>;
  /** Simulates at the newest block; returns the gas used, or the reason of the revert. */
  estimate(
    request: CallRequest,
    signal?: AbortSignal,
  ): Promise<{ readonly kind: 'gas'; readonly gas: bigint } | { readonly kind: 'reverted'; readonly revert: Revert }>;
}

/** Creates reads over some providers; `errors` declares the custom errors that reverts may carry. */
export function createChainReads(rpc: Rpc, errors: Abi): ChainReads {
  return {
    readNonce: async (sender, tag, signal) =>
      quantity(await rpc.call('eth_getTransactionCount', [sender, tag], signal), 'nonce'),
    readBalance: async (owner, signal) =>
      quantity(await rpc.call('eth_getBalance', [owner, 'latest'], signal), 'balance'),
    async readCodeHash(contract, signal) {
      const code = await rpc.call('eth_getCode', [contract, 'latest'], signal);
      if (typeof code !== 'string' || !/^0x[0-9a-fA-F]*$/.test(code)) throw badAnswer('eth_getCode', code);
      return bytes32(keccak256(code as Hex));
    },
    readHead: async (tag, signal) => headOf(await rpc.call('eth_getBlockByNumber', [tag, false], signal)),
    readTime: async (height, signal) =>
      headOf(await rpc.call('eth_getBlockByNumber', [numberToHex(height), false], signal)).timestamp,
    async readMarket(signal) {
      const [block, tipPerGas] = await Promise.all([
        rpc.call('eth_getBlockByNumber', ['latest', false], signal),
        readTip(rpc, signal),
      ]);
      const { baseFeePerGas, height } = headOf(block);
      return { baseFeePerGas, tipPerGas, height };
    },
    async readReceipt(txHash, signal) {
      const answer = await rpc.call('eth_getTransactionReceipt', [txHash], signal);
      return answer === null ? undefined : receiptOf(answer, txHash);
    },
    async readLogs(txHash, signal) {
      const answer = await rpc.call('eth_getTransactionReceipt', [txHash], signal);
      return answer === null ? [] : logsOf(answer);
    },
    async readEvents({ contract, topic, from, to }, signal) {
      const range = { fromBlock: numberToHex(from), toBlock: numberToHex(to) };
      const answer = await rpc.call('eth_getLogs', [{ address: contract, topics: [topic], ...range }], signal);
      return blockLogsOf(answer, { contract, topic, from, to });
    },
    readKnown: async (txHash, signal) => (await rpc.call('eth_getTransactionByHash', [txHash], signal)) !== null,
    async call(request, at, signal) {
      const tag = typeof at === 'bigint' ? numberToHex(at) : at;
      return orRevert(errors, async () => {
        const bytes = await rpc.call('eth_call', [callObject(request), tag], signal);
        if (typeof bytes !== 'string' || !/^0x[0-9a-fA-F]*$/.test(bytes)) throw badAnswer('eth_call', bytes);
        return { kind: 'answer', bytes: bytes as Hex } as const;
      });
    },
    async estimate(request, signal) {
      const transaction = { ...callObject(request), gas: numberToHex(TRANSACTION_GAS_MAX) };
      return orRevert(errors, async () => {
        const gas = quantity(await rpc.call('eth_estimateGas', [transaction, 'latest'], signal), 'gas');
        return { kind: 'gas', gas } as const;
      });
    },
  };
}

async function orRevert<Value>(
  errors: Abi,
  ask: () => Promise<Value>,
): Promise<Value | { readonly kind: 'reverted'; readonly revert: Revert }> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'RPC_REFUSED') throw error;
    const payload = error.context['payload'];
    const detail = String(error.context['detail']);
    if (isOutOfGas(detail) || /intrinsic gas/i.test(detail)) {
      return {
        kind: 'reverted',
        revert: { name: 'GAS_ABOVE_CEILING', detail: `the call takes more than ${TRANSACTION_GAS_MAX} gas: ${detail}` },
      };
    }
    if (typeof payload !== 'string' && error.context['rpc_code'] !== 3 && !/revert/i.test(detail)) throw error;
    return { kind: 'reverted', revert: describeRevert(typeof payload === 'string' ? payload : null, detail, errors) };
  }
}

async function readTip(rpc: Rpc, signal?: AbortSignal): Promise<bigint> {
  try {
    return quantity(await rpc.call('eth_maxPriorityFeePerGas', [], signal), 'tip');
  } catch (error) {
    // A node without this method does not suggest a tip: the configured minimum applies.
    if (error instanceof AppError && error.code === 'RPC_REFUSED') return 0n;
    throw error;
  }
}

function callObject(request: CallRequest | Omit<CallRequest, 'from'>): Record<string, string> {
  return {
    ...('from' in request ? { from: request.from } : {}),
    to: request.to,
    data: request.calldata,
    ...(request.value === undefined ? {} : { value: numberToHex(request.value) }),
    ...(request.gas === undefined ? {} : { gas: numberToHex(request.gas) }),
  };
}

/** Decodes what a view answered. @throws RPC_BAD_ANSWER (retryable): a provider cut the answer short, or made it up. */
export function decodeAnswer(answer: {
  readonly abi: Abi;
  readonly functionName: string;
  readonly data: Hex;
}): unknown {
  try {
    return decodeFunctionResult(answer);
  } catch {
    throw badAnswer(answer.functionName, answer.data);
  }
}

function headOf(answer: unknown): BlockHead {
  const block = objectOf(answer, 'eth_getBlockByNumber');
  return {
    height: heightOf(block['number']),
    timestamp: quantity(block['timestamp'], 'block timestamp'),
    baseFeePerGas: block['baseFeePerGas'] === undefined ? 0n : quantity(block['baseFeePerGas'], 'base fee'),
  };
}

function receiptOf(answer: unknown, txHash: TxHash): Receipt {
  const receipt = objectOf(answer, 'eth_getTransactionReceipt');
  if (String(receipt['transactionHash']).toLowerCase() !== txHash)
    throw badAnswer('eth_getTransactionReceipt', receipt['transactionHash']);
  const gasUsed = quantity(receipt['gasUsed'], 'gas used');
  const price = receipt['effectiveGasPrice'];
  return {
    txHash,
    height: heightOf(receipt['blockNumber']),
    blockHash: blockHash(String(receipt['blockHash'])),
    succeeded: quantity(receipt['status'], 'status') === 1n,
    gasUsed,
    feeWei: price === undefined ? 0n : gasUsed * quantity(price, 'gas price'),
  };
}

function logsOf(answer: unknown): ReceiptLog[] {
  const { logs } = objectOf(answer, 'eth_getTransactionReceipt');
  if (!Array.isArray(logs)) throw badAnswer('logs of a receipt', logs);
  return logs.map((one: unknown) => {
    const { address: from, topics, data } = objectOf(one, 'log');
    const words = Array.isArray(topics) ? topics.map(String) : [];
    if (![String(data), ...words].every((text) => /^0x[0-9a-fA-F]*$/.test(text))) throw badAnswer('log', one);
    return { address: address(String(from)), topics: words as Hex[], data: String(data) as Hex };
  });
}

/** Rejects a response that contains another contract's logs, other events, or blocks that were not asked for. */
function blockLogsOf(
  answer: unknown,
  wanted: { readonly contract: Address; readonly topic: Hex; readonly from: bigint; readonly to: bigint },
): BlockLog[] {
  const logs = logsOf({ logs: answer });
  return logs.map((log, at) => {
    const { transactionHash, blockNumber } = objectOf((answer as readonly unknown[])[at], 'log');
    if (log.address !== wanted.contract || log.topics[0] !== wanted.topic) throw badAnswer('eth_getLogs', log);
    const height = heightOf(blockNumber);
    if (height < wanted.from || height > wanted.to) throw badAnswer('eth_getLogs', blockNumber);
    return { ...log, txHash: hashOf(transactionHash), height };
  });
}

function hashOf(value: unknown): TxHash {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{64}$/.test(value)) throw badAnswer('transaction hash', value);
  return asTxHash(value);
}

function objectOf(answer: unknown, method: string): Record<string, unknown> {
  if (typeof answer !== 'object' || answer === null) throw badAnswer(method, answer);
  return answer as Record<string, unknown>;
}

function quantity(value: unknown, what: string): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value)) throw badAnswer(what, value);
  return BigInt(value);
}

/** Heights have 64 bits. */
function heightOf(value: unknown): BlockHeight {
  const height = quantity(value, 'block number');
  if (height >> 64n !== 0n) throw badAnswer('block number', value);
  return blockHeight(height);
}

function badAnswer(what: string, value: unknown): AppError {
  const seen = (JSON.stringify(value) ?? 'nothing').slice(0, 80);
  return transactionError(
    'RPC_BAD_ANSWER',
    `a provider gave ${seen} as ${what}; expected a value of JSON-RPC; another one is asked next`,
  );
}
