import type { Network, ProviderEndpoint } from '@surety/config';
import { AppError } from '@surety/domain';
import { BaseError, HttpRequestError, TimeoutError, type Transport, http } from 'viem';
import type { OperatorErrorCode } from './errors.js';

/**
 * Speaks to one provider of a chain. What keeps it from answering is told by the provider's name, never by its URL, which may
 * hold a key: PROVIDER_FAILED, to be tried again unless the provider refuses whoever asks.
 */
export function providerTransport(
  chain: Network['chains'][number],
  endpoint: ProviderEndpoint,
  timeoutMs: number,
): Transport {
  const open = http(endpoint.url.reveal(), { timeout: timeoutMs });
  return (options) => {
    const opened = open(options);
    const request = async (...asked: Parameters<typeof opened.request>): Promise<unknown> => {
      try {
        return await opened.request(...asked);
      } catch (cause) {
        const why = unansweredBy(cause);
        if (why === undefined) throw cause;
        const urlEnv = chain.providers.find(({ name }) => name === endpoint.name)?.urlEnv ?? 'its URL';
        throw new AppError<OperatorErrorCode>({
          code: 'PROVIDER_FAILED',
          message: `${chain.name} provider ${endpoint.name} ${why.detail} at ${asked[0].method}; expected an answer; check ${urlEnv}, or unset it to ask the next one; see surety doctor`,
          retryable: why.retryable,
          cause,
        });
      }
    };
    return { ...opened, request: request as typeof opened.request };
  };
}

function unansweredBy(cause: unknown): { readonly detail: string; readonly retryable: boolean } | undefined {
  const failed = cause instanceof BaseError ? cause.walk((one) => isTransportFailure(one)) : null;
  if (failed instanceof TimeoutError) return { detail: 'took too long', retryable: true };
  if (!(failed instanceof HttpRequestError)) return undefined;
  const { status } = failed;
  if (status === undefined) return { detail: 'could not be reached', retryable: true };
  return { detail: `answered HTTP ${status}`, retryable: status >= 500 || status === 408 || status === 429 };
}

function isTransportFailure(error: unknown): boolean {
  return error instanceof HttpRequestError || error instanceof TimeoutError;
}
