import { AppError } from '@surety/domain';
import { createReader, isOutOfGas, quorumTransport } from '@surety/rpc';
import type { Observer } from '@surety/workflows';
import { BaseError, type PublicClient, RpcRequestError, custom, numberToHex } from 'viem';
import { type OperatorErrorCode, innerError } from '../errors.js';
import { NewestHeight, TOO_FEW_HELP } from './newest-height.js';
import { type SpendingChain, openReader, providersOf } from './open-sender.js';
import type { ReadingPlace } from './read-ledger.js';
import { type Reach, placeOf } from './open-config.js';

/** Hears that a provider contradicts the others, in words. */
type TellOdd = (line: string) => void;

/**
 * Opens a chain at the newest block that two thirds of its providers have. A value read there is what two thirds of them answer.
 * @throws NO_PROVIDER; PROVIDER_FAILED if too few answer (try again); while it is read, NO_QUORUM (try again).
 */
export async function openAgreed(place: SpendingChain, tellOdd?: TellOdd): Promise<ReadingPlace> {
  const reader = openAgreedReader(place, tellOdd);
  // A height that is told is not always one at which values can be read.
  const { number: block } = await reader.getBlock();
  return { reader, block };
}

/** Opens a reader of each chain with contracts, by chain id. @throws NO_PROVIDER. */
export function openAgreedReaders(reach: Reach): Map<number, PublicClient> {
  const { chains, settlement } = reach.network;
  const deployed = chains.filter(({ chainId, vault }) => vault !== undefined || chainId === settlement?.chainId);
  return new Map(deployed.map((chain) => [chain.chainId, openAgreedReader(placeOf(reach, chain))]));
}

/** Values of a block, of which every honest node gives the same text. */
const VALUES = new Set([
  'eth_call',
  'eth_chainId',
  'eth_getBalance',
  'eth_getCode',
  'eth_getStorageAt',
  'eth_getTransactionCount',
]);

/**
 * How often a read is made again where a provider lacks its block: behind one address may stand several nodes, and the one that is asked lag
 * behind the one that told the height. What is read at the newest block is read a second lower each time, what is read at a given one a
 * second later.
 */
const AGAIN_MAX = 3;
const AGAIN_MS = 1_000;

/**
 * Connects to a chain whose newest block is the one that two thirds of its providers have reached, or up to three steps of a second (at
 * least a block) lower where too few have that one, and whose values and block times are those of two thirds of them. Logs and
 * transactions, which nodes write in several ways, are one provider's.
 * @throws NO_PROVIDER; while it is read, PROVIDER_FAILED if too few answer (try again) or a call takes too much gas, NO_QUORUM if too few agree
 * (try again).
 */
export function openAgreedReader(place: SpendingChain, tellOdd?: TellOdd): PublicClient {
  const providers = providersOf(place, oddObserver(place, tellOdd));
  const agreed = createReader(quorumTransport(providers, keyOf));
  const one = openReader(place);
  const newest = new NewestHeight(place, providers);
  const step = BigInt(Math.ceil(AGAIN_MS / place.chain.blockTimeMs));
  /** `height` stands for the newest block: each provider's is another one. */
  const ask = async (
    method: string,
    params: readonly unknown[],
    height?: bigint,
    again = AGAIN_MAX,
  ): Promise<unknown> => {
    const pinned = params.map((given) => (given === 'latest' && height !== undefined ? numberToHex(height) : given));
    try {
      return await agreed.request({ method, params: pinned } as never);
    } catch (failure) {
      if (ranOut(failure)) throw tellRanOut(place, method, failure);
      const cause = innerError(failure);
      if (!(cause instanceof AppError) || cause.code !== 'NO_QUORUM') throw failure;
      if (again === 0 || cause.context['lacking'] === 0) throw tellNoQuorum(place, cause);
      if (height === undefined) await place.clock.sleep(AGAIN_MS);
      return ask(method, params, height === undefined || height < step ? height : height - step, again - 1);
    }
  };
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    const given: readonly unknown[] = Array.isArray(params) ? params : [];
    if (method === 'eth_blockNumber') return numberToHex(await newest.read());
    if (!method.startsWith('eth_getBlockBy') && !VALUES.has(method)) {
      return one.request({ method, params: given } as never);
    }
    return ask(method, given, given.includes('latest') ? await newest.read() : undefined);
  };
  return createReader(custom({ request }, { retryCount: 0 }));
}

function ranOut(failure: unknown): failure is BaseError {
  const isSaid = (one: unknown): boolean =>
    one instanceof RpcRequestError && !/revert/i.test(one.details) && isOutOfGas(one.details);
  return failure instanceof BaseError && failure.walk(isSaid) !== null;
}

/** Tells that two thirds of the providers gave a call up: viem's words for it are those for a malformed request. */
function tellRanOut({ chain }: SpendingChain, method: string, cause: BaseError): AppError<OperatorErrorCode> {
  return new AppError({
    code: 'PROVIDER_FAILED',
    message: `${method} at ${chain.name} takes more gas than its providers allow (${cause.details}); expected a view that ends: the contract never answers, or it takes providers that allow more`,
    cause,
  });
}

/** Tells that too few agree: they disagree only if their answers differ. */
function tellNoQuorum({ chain }: SpendingChain, cause: AppError): AppError<OperatorErrorCode | 'NO_QUORUM'> {
  const differ = Number(cause.context['answers']) > 1;
  return new AppError({
    code: differ ? 'NO_QUORUM' : 'PROVIDER_FAILED',
    message: differ
      ? `providers of ${chain.name} disagree: ${cause.message}; surety doctor compares them`
      : `too few providers of ${chain.name} answer: ${cause.message}; ${TOO_FEW_HELP}`,
    retryable: true,
    cause,
  });
}

/** Blocks are equal by their hash and time: nodes differ in the fields around them. */
function keyOf(result: unknown): string {
  if (typeof result !== 'object') return JSON.stringify(result);
  const { hash, number, timestamp } = result as Readonly<Record<string, unknown>>;
  return JSON.stringify([hash, number, timestamp]);
}

function oddObserver({ chain }: SpendingChain, tellOdd: TellOdd = () => undefined): Observer {
  const told = new Set<unknown>();
  return {
    observe: ({ name, fields }) => {
      const { provider } = fields;
      if (name !== 'provider-lied' || told.has(provider)) return;
      told.add(provider);
      tellOdd(
        `warning: provider ${String(provider)} of ${chain.name} contradicts the others; surety doctor compares them`,
      );
    },
  };
}
