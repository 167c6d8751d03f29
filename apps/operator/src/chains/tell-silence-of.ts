import type { Network } from '@surety/config';
import { AppError } from '@surety/domain';
import type { TellSilence } from '@surety/rpc';
import type { OperatorErrorCode } from '../errors.js';

/** A provider that did not answer. */
interface Silence {
  readonly told: string;
  /** True if it may answer later without anybody's act. */
  readonly retryable: boolean;
}

/**
 * Tells that no provider of a chain answers, as PROVIDER_FAILED: each by its name and its variable, never by its URL, which
 * may hold a key. It is worth another try unless all refuse whoever asks.
 */
export function tellSilenceOf(chain: Network['chains'][number]): TellSilence {
  return (method, failures) => {
    const silent = failures.map(({ provider, error }) => silenceOf(provider.name, error));
    const variables = failures.map(({ provider }) => variableOf(chain, provider));
    return new AppError<OperatorErrorCode>({
      code: 'PROVIDER_FAILED',
      message: `no provider of ${chain.name} answered ${method}: ${silent.map(({ told }) => told).join(', ')}; expected one that does; check ${variables.join(', ')}; see surety doctor`,
      retryable: silent.some(({ retryable }) => retryable),
      cause: failures[0]?.error,
    });
  };
}

/** Returns the name of the variable that holds a provider's URL. */
export function variableOf({ providers }: Network['chains'][number], { name }: { readonly name: string }): string {
  return providers.find((one) => one.name === name)?.urlEnv ?? 'its URL';
}

function silenceOf(name: string, error: unknown): Silence {
  if (!(error instanceof AppError)) return { told: `${name} could not be asked`, retryable: false };
  const { seen, status, timeout_ms: timeoutMs } = error.context;
  switch (error.code) {
    case 'TIMEOUT':
      return { told: `${name} gave no answer within ${Number(timeoutMs) / 1_000} s`, retryable: true };
    case 'UNREACHABLE':
      return { told: `${name} could not be reached`, retryable: true };
    case 'WRONG_CHAIN':
      return { told: `${name} serves chain ${String(seen)}`, retryable: false };
    case 'HTTP_STATUS':
      return { told: `${name} answered HTTP ${String(status)}`, retryable: mayPass(Number(status)) };
    default:
      return { told: `${name} gave no answer to it (${error.code})`, retryable: error.retryable };
  }
}

function mayPass(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}
