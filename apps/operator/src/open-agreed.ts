import { AppError } from '@surety/domain';
import { type RpcAnswer, type RpcProvider, askProvider, askQuorum, quorumSize, quorumTransport } from '@surety/rpc';
import type { Observer } from '@surety/workflows';
import { type PublicClient, createPublicClient, custom, numberToHex } from 'viem';
import { innerError } from './errors.js';
import { NewestHeight } from './newest-height.js';
import { type SpendingChain, openReader, providersOf } from './open-sender.js';
import type { ReadingPlace } from './read-ledger.js';

/** Hears that a provider contradicts the others, in words. */
type TellOdd = (line: string) => void;

/**
 * Opens a chain at the newest block that two thirds of its providers have reached. A value read there is what two thirds of them answer.
 * @throws NO_PROVIDER; PROVIDER_FAILED if too few answer (try again); while it is read, NO_QUORUM (try again).
 */
export async function openAgreed(place: SpendingChain, tellOdd?: TellOdd): Promise<ReadingPlace> {
  const reader = openAgreedReader(place, tellOdd);
  return { reader, block: await reader.getBlockNumber({ cacheTime: 0 }) };
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
 * Connects to a chain whose newest block is the one that two thirds of its providers have reached, and whose values and block times are
 * those of two thirds of them. Logs and transactions, which nodes write in several ways, are one provider's.
 * @throws NO_PROVIDER; while it is read, PROVIDER_FAILED if too few answer, NO_QUORUM if too few agree (try again).
 */
export function openAgreedReader(place: SpendingChain, tellOdd?: TellOdd): PublicClient {
  const providers = providersOf(place, oddObserver(place, tellOdd));
  const agreed = createPublicClient({ transport: quorumTransport(providers) });
  const one = openReader(place);
  const newest = new NewestHeight(place, providers);
  const ask = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    if (method === 'eth_blockNumber') return numberToHex(await newest.read());
    const isBlock = method.startsWith('eth_getBlockBy');
    if (!isBlock && !VALUES.has(method)) return one.request({ method, params } as never);
    // Each provider's newest block is another one.
    const height = params.includes('latest') ? numberToHex(await newest.read()) : undefined;
    const pinned = params.map((given) => (given === 'latest' ? height : given));
    return isBlock ? askBlock(providers, method, pinned) : agreed.request({ method, params: pinned } as never);
  };
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    try {
      return await ask(method, Array.isArray(params) ? params : []);
    } catch (failure) {
      const cause = innerError(failure);
      if (!(cause instanceof AppError) || cause.code !== 'NO_QUORUM') throw failure;
      const message = `providers of ${place.chain.name} disagree: ${cause.message}; surety doctor compares them`;
      throw new AppError({ code: cause.code, message, retryable: true, cause });
    }
  };
  return createPublicClient({ transport: custom({ request }, { retryCount: 0 }) });
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

/** Asks for a block. Its hash and time are agreed on: nodes differ in the fields around them. */
async function askBlock(
  providers: readonly RpcProvider[],
  method: string,
  params: readonly unknown[],
): Promise<unknown> {
  const answer = await askQuorum<RpcAnswer & { readonly kind: 'result' }>({
    subject: `block ${String(params[0])}`,
    providers,
    quorum: quorumSize(providers.length),
    ask: async (provider) => {
      const said = await askProvider(provider, { method, params });
      if (said.kind === 'refused') throw provider.report(said.error);
      return said;
    },
    keyOf: ({ result }) => {
      const { hash, number, timestamp } = (result ?? {}) as Readonly<Record<string, unknown>>;
      return JSON.stringify([hash, number, timestamp]);
    },
  });
  return answer.result;
}
