import { AppError } from '@surety/domain';
import { BaseError, type PublicClient, RpcRequestError, createPublicClient, custom, http } from 'viem';
import type { BridgesErrorCode } from './bridge-reads.js';

/** Code of a call that its contract refused. @source EIP-1474 as nodes use it */
const REVERTED = 3;

type Vote =
  { readonly kind: 'answer'; readonly value: unknown } | { readonly kind: 'refusal'; readonly error: unknown };

/**
 * Opens a reader that asks all providers of a chain and gives what two thirds of them answer alike: for what changes rarely, since it
 * reads at each provider's newest block. One provider makes up no difference, and hides none. Reads end with WITNESS_UNREADABLE
 * (retryable) where too few agree.
 */
export function openAgreeingReader(
  urls: readonly string[],
  { timeoutMs }: { readonly timeoutMs: number },
): PublicClient {
  const transports = urls.map((url) => http(url, { retryCount: 0, timeout: timeoutMs })({ retryCount: 0 }));
  const quorum = Math.max(1, Math.ceil((2 * urls.length) / 3));
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    const asked = { method, params } as Parameters<(typeof transports)[number]['request']>[0];
    const votes = await Promise.all(transports.map((transport) => vote(() => transport.request(asked))));
    const counts = new Map<string, number>();
    for (const one of votes) {
      if (one === undefined) continue;
      const key = keyOf(one);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count < quorum) continue;
      if (one.kind === 'answer') return one.value;
      throw one.error;
    }
    const answered = votes.filter((one) => one !== undefined).length;
    throw new AppError<BridgesErrorCode>({
      code: 'WITNESS_UNREADABLE',
      message: `${answered} of ${votes.length} providers answered ${method} with ${counts.size} answers; expected ${quorum} alike`,
      retryable: true,
    });
  };
  return createPublicClient({ transport: custom({ request }, { retryCount: 0 }) });
}

/** A refusal by the contract is an answer; whatever else fails is silence. */
async function vote(ask: () => Promise<unknown>): Promise<Vote | undefined> {
  try {
    return { kind: 'answer', value: await ask() };
  } catch (error) {
    const told = error instanceof BaseError ? error.walk((inner) => inner instanceof RpcRequestError) : null;
    if (!(told instanceof RpcRequestError)) return undefined;
    const isRefusal = told.code === REVERTED || /revert/i.test(told.details);
    return isRefusal ? { kind: 'refusal', error: told } : undefined;
  }
}

/** What nodes word differently is one refusal. */
function keyOf(one: Vote): string {
  return one.kind === 'refusal' ? 'refused' : `answered ${JSON.stringify(one.value)}`;
}
