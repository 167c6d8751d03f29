import type { Network, ProviderEndpoint } from '@surety/config';
import { AppError } from '@surety/domain';
import { BaseError, HttpRequestError, TimeoutError, type Transport, http } from 'viem';
import type { OperatorErrorCode } from './errors.js';

/** A provider that did not answer, by its name and its variable: never by its URL, which may hold a key. */
interface Silence {
  readonly told: string;
  readonly urlEnv: string;
  readonly retryable: boolean;
  readonly cause: unknown;
}

/**
 * Calls the first provider of a chain until it does not answer, then the next. An answer is final, also a revert. If none
 * answers: PROVIDER_FAILED, retryable unless all refuse the caller.
 */
export function providersTransport(
  chain: Network['chains'][number],
  endpoints: readonly [ProviderEndpoint, ...ProviderEndpoint[]],
  timeoutMs: number,
): Transport {
  return (options) => {
    const retry = endpoints.length > 1 ? { retryCount: 0 } : {};
    const opened = endpoints.map(({ url }) => http(url.reveal(), { timeout: timeoutMs })({ ...options, ...retry }));
    const [first] = opened as [ReturnType<Transport>];
    let preferred = 0;
    const request = async (...asked: Parameters<typeof first.request>): Promise<unknown> => {
      const silent: Silence[] = [];
      for (let step = 0; step < endpoints.length; step++) {
        const at = (preferred + step) % endpoints.length;
        try {
          const answer: unknown = await opened[at]?.request(...asked);
          preferred = at;
          return answer;
        } catch (cause) {
          silent.push(silenceOf(chain, endpoints[at]?.name, cause));
        }
      }
      throw nobodyAnswered(chain, asked[0].method, silent);
    };
    return { ...first, request: request as typeof first.request };
  };
}

/** Says how a provider kept silent. @throws what was given where it is an answer. */
function silenceOf(chain: Network['chains'][number], name: string | undefined, cause: unknown): Silence {
  const why = unansweredBy(cause);
  if (why === undefined) throw cause;
  const urlEnv = chain.providers.find((provider) => provider.name === name)?.urlEnv ?? 'its URL';
  return { told: `${name} ${why.detail}`, urlEnv, retryable: why.retryable, cause };
}

function nobodyAnswered(chain: Network['chains'][number], method: string, silent: readonly Silence[]): AppError {
  const told = silent.map((one) => one.told).join(', ');
  return new AppError<OperatorErrorCode>({
    code: 'PROVIDER_FAILED',
    message: `no provider of ${chain.name} answered ${method}: ${told}; expected one that does; check ${silent.map(({ urlEnv }) => urlEnv).join(', ')}; see surety doctor`,
    retryable: silent.some(({ retryable }) => retryable),
    cause: silent[0]?.cause,
  });
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
