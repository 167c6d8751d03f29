import { type Address, AppError, type BlockHeight, type Hex } from '@surety/domain';
import { untilAborted } from '@surety/workflows';
import { BaseError, createClient, custom } from 'viem';
import { call } from 'viem/actions';
import type { BlockHead, ChainReads } from './chain-reads.js';
import { VIEW_BYTES_AT_ONCE } from './limits.js';
import type { Rpc } from './rpc.js';

/** Reads of which those that are made at once go to a node together. */
export interface JoinedReads {
  /** Returns the newest block, as it was since the first of those asked who still wait. */
  readHead(signal?: AbortSignal): Promise<BlockHead>;
  /** Calls a view at a block; returns a revert as a value. */
  readonly view: (
    request: { readonly to: Address; readonly calldata: Hex },
    at: BlockHeight,
    signal?: AbortSignal,
  ) => ReturnType<ChainReads['call']>;
}

/**
 * Joins views that are called at once at one block into one call, which deploys its own collector and so needs nothing on the chain. What
 * fails in it is called again alone: one view may have used up the gas of all, and not every node takes a call without a receiver.
 * A request under way outlives the signal of whoever made it, who waits for it no longer: others may.
 */
export function joinReads(rpc: Pick<Rpc, 'call'>, reads: Pick<ChainReads, 'call' | 'readHead'>): JoinedReads {
  const transport = custom(
    { request: ({ method, params }: Request) => rpc.call(method, params ?? []) },
    { retryCount: 0 },
  );
  const batch = { multicall: { deployless: true, wait: 0, batchSize: VIEW_BYTES_AT_ONCE } } as const;
  const client = createClient({ transport, batch, ccipRead: false });
  let head: Promise<BlockHead> | undefined;
  return {
    async readHead(signal) {
      signal?.throwIfAborted();
      head ??= reads.readHead('latest').finally(() => (head = undefined));
      return untilAborted(head, signal);
    },
    async view({ to, calldata: data }, at, signal) {
      signal?.throwIfAborted();
      try {
        const { data: bytes = '0x' } = await untilAborted(call(client, { to, data, blockNumber: at }), signal);
        return { kind: 'answer', bytes };
      } catch (error) {
        signal?.throwIfAborted();
        if (!isRefusal(error)) throw causeOf(error);
        return reads.call({ to, calldata: data }, at, signal);
      }
    },
  };
}

interface Request {
  readonly method: string;
  readonly params?: readonly unknown[];
}

/** True if the node answered, and the answer is no value: of one view or of all that were joined. */
function isRefusal(error: unknown): boolean {
  const cause = causeOf(error);
  return !(cause instanceof AppError) || cause.code === 'RPC_REFUSED';
}

/** Returns what the providers threw, out of the library's errors around it. */
function causeOf(error: unknown): unknown {
  return error instanceof BaseError ? (error.walk((cause) => cause instanceof AppError) ?? error) : error;
}
