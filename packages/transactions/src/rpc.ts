import { AppError } from '@surety/domain';
import { type ProvidersOptions, type RpcProvider, askInTurn, askProvider, openProviders } from '@surety/rpc';
import type { Observer } from '@surety/workflows';
import { transactionError } from './errors.js';
import { RPC_BYTES_MAX } from './limits.js';

/** How to reach a chain. The observer is told of every provider that fails or serves another chain. */
export type RpcOptions = Omit<ProvidersOptions, 'responseBytesMax'>;

/** What all providers said to a signed transaction. */
export type BroadcastOutcome =
  | { readonly kind: 'accepted' }
  /** Everyone refused it with an answer, so it is not under way because of this call. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** Nobody accepted it and somebody did not answer: it may be under way. */
  | { readonly kind: 'unknown'; readonly detail: string };

/** JSON-RPC of one chain over several providers: reads prefer one and fail over, signed transactions go to all. */
export interface Rpc {
  readonly chainId: number;
  /**
   * Calls a method at the preferred provider, then at the others if it does not answer.
   * @throws RPC_UNAVAILABLE, RPC_REFUSED (context: `rpc_code`, `detail`, `payload`), CHAIN_MISMATCH.
   */
  call(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown>;
  /** Sends signed bytes to every provider; the same bytes twice are one transaction. */
  broadcast(raw: string, signal?: AbortSignal): Promise<BroadcastOutcome>;
  /**
   * Prefers the next provider from now on, unless the one preferred now has answered nothing yet: complaints that come
   * together are about the one before it.
   */
  rotate(): void;
}

/** Refusals that say something about the provider, not about the request. @source EIP-1474 */
const PROVIDER_FAULTS: ReadonlySet<unknown> = new Set([-32_601, -32_603, -32_005, -32_002, 429]);

/** Opens the providers of a chain; each must prove its chain id before its first answer counts, and after each lost connection. */
export function createRpc(options: RpcOptions): Rpc {
  const { chainId } = options;
  const providers = openProviders({ ...options, observer: SILENT, responseBytesMax: RPC_BYTES_MAX });
  const tell = providerTeller(options);
  let preferred = 0;
  let isHeard = true;

  const send = async (provider: RpcProvider, raw: string, signal?: AbortSignal): Promise<void> => {
    const method = 'eth_sendRawTransaction';
    const answer = await askProvider(provider, { method, params: [raw], signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw failureBy(provider.name, { method, chainId }, error);
    });
    if (answer.kind === 'refused') throw failureBy(provider.name, { method, chainId }, answer.error);
  };

  return {
    chainId,
    rotate: () => {
      if (!isHeard) return;
      isHeard = false;
      preferred = (preferred + 1) % Math.max(1, providers.length);
    },
    async call(method, params, signal) {
      const asked = { method, chainId };
      const first = preferred;
      const turn = await askInTurn(providers, first, { method, params, signal });
      const failures = turn.failures.map(({ provider, error }) => {
        const failure = failureBy(provider.name, asked, error);
        if (turn.answer !== undefined || !isRequestRefused(failure)) tell(provider.name, method, failure);
        return failure;
      });
      if (turn.answer === undefined) throw nobodyAnswered(asked, failures);
      const { at } = turn.answer;
      // An answer that was under way while somebody complained of its provider brings that back to nobody.
      if (preferred === first) [preferred, isHeard] = [at, true];
      if (turn.answer.kind === 'result') return turn.answer.result;
      throw failureBy(providers[at]?.name ?? '', asked, turn.answer.error);
    },
    broadcast: (raw, signal) => firstAcceptance(providers.map((one) => send(one, raw, signal))),
  };
}

/** Each way in which a provider fails is told once, by {@link providerTeller}. */
const SILENT: Observer = { observe: () => undefined };

/** Tells a provider's failure at warn once, and quietly until it fails in another way. */
function providerTeller({ observer, chainId }: RpcOptions) {
  const told = new Map<string, string>();
  return (provider: string, method: string, error: unknown): void => {
    const code = error instanceof AppError ? error.code : 'UNREACHABLE';
    const way = SAID.has(code) ? code : 'silent';
    const level = told.get(provider) === way ? 'debug' : 'warn';
    told.set(provider, way);
    observer?.observe({ name: 'provider-failed', level, fields: { chain_id: chainId, provider, method, code } });
  };
}

/** Codes of what a provider said, other than having given no usable answer. */
const SAID: ReadonlySet<string> = new Set(['CHAIN_MISMATCH', 'RPC_REFUSED']);

/** Resolves with the first acceptance: a silent provider delays nobody. Without one, waits for what all have said. */
async function firstAcceptance(asked: readonly Promise<unknown>[]): Promise<BroadcastOutcome> {
  const all = Promise.allSettled(asked);
  try {
    await Promise.any(
      asked.map((one) => one.catch((error: unknown) => (isKnown(error) ? null : Promise.reject(error as Error)))),
    );
    return { kind: 'accepted' };
  } catch {
    return judgeBroadcast(await all);
  }
}

function isKnown(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'RPC_REFUSED') return false;
  return /already known|already imported|known transaction/i.test(String(error.context['detail']));
}

function judgeBroadcast(answers: readonly PromiseSettledResult<unknown>[]): BroadcastOutcome {
  const refusals: string[] = [];
  let silent = 0;
  for (const answer of answers) {
    if (answer.status === 'fulfilled') continue;
    const reason: unknown = answer.reason;
    if (!(reason instanceof AppError) || !SAID.has(reason.code)) silent += 1;
    else refusals.push(String(reason.context['detail'] ?? reason.message));
  }
  if (silent > 0) return { kind: 'unknown', detail: `${silent} of ${answers.length} providers did not answer` };
  return { kind: 'refused', detail: refusals.join('; ') };
}

/** A refusal that is no provider's own; one without a code is of the range asked for, which another provider may serve. */
function isRequestRefused(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'RPC_REFUSED') return false;
  const code = error.context['rpc_code'];
  return code !== undefined && !PROVIDER_FAULTS.has(code);
}

function nobodyAnswered({ method, chainId }: Asked, failures: readonly unknown[]): unknown {
  const isWrong = (error: unknown): boolean => error instanceof AppError && error.code === 'CHAIN_MISMATCH';
  const wrong = failures[0];
  const told = failures.every((error) => error instanceof AppError && SAID.has(error.code));
  // It ends a process, so one provider's word beside refusals of the others is not enough.
  if (wrong instanceof AppError && failures.every(isWrong)) return wrong;
  const refusal = failures.find(isRequestRefused);
  if (refusal !== undefined) return refusal;
  const refused = failures.find((error) => error instanceof AppError && error.code === 'RPC_REFUSED');
  if (refused instanceof AppError && told) {
    // Only faults of providers come here: they pass by themselves, and must end no process that waits.
    const { code, message, context } = refused;
    return new AppError({ code, message, context, retryable: true, cause: refused });
  }
  return transactionError(
    'RPC_UNAVAILABLE',
    `none of ${failures.length} providers of chain ${chainId} answered ${method}; expected at least one; check that they are up`,
    { chain_id: chainId, method },
    failures[0],
  );
}

interface Asked {
  readonly method: string;
  readonly chainId: number;
}

/**
 * Gives what a provider said or failed with in the codes of this package. One that is left alone because it serves another
 * chain goes on doing so.
 */
function failureBy(provider: string, { method, chainId }: Asked, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const { rpc_code: code = 0, detail = 'no message', payload = null } = error.context;
  if (error.code === 'RPC_ERROR') {
    const context = { provider, method, rpc_code: code, detail, payload };
    return transactionError('RPC_REFUSED', `${provider} refused ${method}: ${String(detail)}`, context);
  }
  if (error.code === 'RANGE_REFUSED') {
    const context = { provider, method, detail: 'the range holds too much' };
    return transactionError('RPC_REFUSED', `${provider} refused ${method}: ${context.detail}`, context, error);
  }
  const shown = error.code === 'PROVIDER_REFUSED' && error.cause instanceof AppError ? error.cause : error;
  if (shown.code !== 'WRONG_CHAIN') return error;
  const seen = Number(shown.context['seen']);
  return transactionError(
    'CHAIN_MISMATCH',
    `provider ${provider} answered chain id ${seen}; expected ${chainId}; check its URL in the environment`,
    { provider, chain_id: seen, expected: chainId },
    error,
  );
}
