import { AppError, chainId as asChainId } from '@surety/domain';
import { CallBudget, DEFAULT_RPC_LIMITS, RpcProvider, type RpcTransport, createHttpTransport } from '@surety/rpc';
import type { Clock, Observer } from '@surety/workflows';
import { transactionError } from './errors.js';
import { RPC_BYTES_MAX, RPC_IN_FLIGHT_MAX } from './limits.js';

/** One provider of a chain. The URL may hold a secret: only the name is ever printed. */
export interface RpcEndpoint {
  readonly name: string;
  readonly url: string;
}

/** How to reach a chain. */
export interface RpcOptions {
  readonly chainId: number;
  readonly endpoints: readonly RpcEndpoint[];
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Told of every provider that fails or serves another chain. */
  readonly observer?: Observer;
  /** The way to a provider; HTTP unless given. */
  readonly transportOf?: (endpoint: RpcEndpoint) => RpcTransport;
}

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
  /** Prefers the next provider from now on. */
  rotate(): void;
}

/** Refusals that say something about the provider, not about the request. @source EIP-1474 */
const PROVIDER_FAULTS: ReadonlySet<unknown> = new Set([-32_601, -32_603, -32_005, -32_002, 429]);

/** A call, and the proof of the chain id before it. */
const CALLS_MAX = 2;

/** Opens the providers of a chain; each must prove its chain id before its first answer counts, and after each lost connection. */
export function createRpc(options: RpcOptions): Rpc {
  const { chainId } = options;
  const providers = options.endpoints.map((endpoint) => openProvider(options, endpoint));
  const tell = providerTeller(options);
  let preferred = 0;

  const ask = async (provider: RpcProvider, method: string, params: readonly unknown[], signal?: AbortSignal) => {
    try {
      const answer = await provider.call<Answer>({
        method,
        params,
        parse: (result) => ({ kind: 'result', result }),
        refused: (error) => ({ kind: 'refused', error }),
        budget: new CallBudget(method, CALLS_MAX),
        signal,
      });
      if (answer.kind === 'result') return answer.result;
      throw refusalBy(provider.name, method, answer.error);
    } catch (error) {
      signal?.throwIfAborted();
      throw failureBy(provider.name, { method, chainId }, error);
    }
  };

  return {
    chainId,
    rotate: () => {
      preferred = (preferred + 1) % Math.max(1, providers.length);
    },
    async call(method, params, signal) {
      const failures: unknown[] = [];
      const first = preferred;
      for (const step of providers.keys()) {
        const at = (first + step) % providers.length;
        const provider = providers[at] as RpcProvider;
        try {
          const result = await ask(provider, method, params, signal);
          preferred = at;
          return result;
        } catch (error) {
          signal?.throwIfAborted();
          if (isAnswer(error)) throw error;
          tell(provider.name, method, error);
          failures.push(error);
        }
      }
      throw nobodyAnswered(method, chainId, failures);
    },
    broadcast: (raw, signal) =>
      firstAcceptance(providers.map((one) => ask(one, 'eth_sendRawTransaction', [raw], signal))),
  };
}

/** What a provider says to a call: its result, or that it refuses the request. */
type Answer =
  { readonly kind: 'result'; readonly result: unknown } | { readonly kind: 'refused'; readonly error: AppError };

function openProvider(options: RpcOptions, endpoint: RpcEndpoint): RpcProvider {
  const transport = options.transportOf?.(endpoint) ?? createHttpTransport({ url: endpoint.url });
  const chainId = asChainId(options.chainId);
  const bounds = { callTimeoutMs: options.timeoutMs, responseBytesMax: RPC_BYTES_MAX, inFlightMax: RPC_IN_FLIGHT_MAX };
  return new RpcProvider(
    { name: endpoint.name, operator: endpoint.name, transport },
    // The caller tells of failures, once for each way in which a provider fails.
    { chainId, clock: options.clock, observer: SILENT, limits: { ...DEFAULT_RPC_LIMITS, ...bounds } },
  );
}

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

/** A refusal without a code is one of the range asked for: another provider may serve it. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'RPC_REFUSED') return false;
  const code = error.context['rpc_code'];
  return code !== undefined && !PROVIDER_FAULTS.has(code);
}

function nobodyAnswered(method: string, chainId: number, failures: readonly unknown[]): AppError {
  const isWrong = (error: unknown): boolean => error instanceof AppError && error.code === 'CHAIN_MISMATCH';
  const wrong = failures[0];
  const told = failures.every((error) => error instanceof AppError && SAID.has(error.code));
  // It ends a process, so one provider's word beside refusals of the others is not enough.
  if (wrong instanceof AppError && failures.every(isWrong)) return wrong;
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

function refusalBy(provider: string, method: string, { context }: AppError): AppError {
  const { rpc_code, detail, payload } = context;
  return transactionError('RPC_REFUSED', `${provider} refused ${method}: ${String(detail)}`, {
    provider,
    method,
    rpc_code: rpc_code ?? 0,
    detail: detail ?? 'no message',
    payload: payload ?? null,
  });
}

/** Gives what kept a provider from answering; one that is left alone because it serves another chain goes on doing so. */
function failureBy(provider: string, asked: { method: string; chainId: number }, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.code === 'RANGE_REFUSED') {
    const detail = 'the range holds too much';
    const refusal = `${provider} refused ${asked.method}: ${detail}`;
    return transactionError('RPC_REFUSED', refusal, { provider, method: asked.method, detail }, error);
  }
  const shown = error.code === 'PROVIDER_REFUSED' && error.cause instanceof AppError ? error.cause : error;
  if (shown.code !== 'WRONG_CHAIN') return error;
  const seen = Number(shown.context['seen']);
  return transactionError(
    'CHAIN_MISMATCH',
    `provider ${provider} answered chain id ${seen}; expected ${asked.chainId}; check its URL in the environment`,
    { provider, chain_id: seen, expected: asked.chainId },
    error,
  );
}
