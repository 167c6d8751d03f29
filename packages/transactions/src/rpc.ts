import { AppError } from '@surety/domain';
import { type Observer, within } from '@surety/workflows';
import { transactionError } from './errors.js';
import { RPC_BYTES_MAX } from './limits.js';

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
  readonly fetch?: typeof fetch;
  /** Told of every provider that fails or serves another chain. */
  readonly observer?: Observer;
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

/** Answers that say something about the provider, not about the request. @source EIP-1474 */
const PROVIDER_FAULTS: ReadonlySet<number> = new Set([-32_601, -32_603, -32_005, -32_002, 429]);

/** Opens the providers of a chain; each must prove its chain id before its first answer counts. */
export function createRpc(options: RpcOptions): Rpc {
  const { endpoints } = options;
  const send = options.fetch ?? fetch;
  const proven = new Map<string, 'right' | number>();
  const tell = providerTeller(options);
  let preferred = 0;
  let lastId = 0;

  const ask = async (endpoint: RpcEndpoint, method: string, params: readonly unknown[], signal?: AbortSignal) => {
    const id = ++lastId;
    return within(options.timeoutMs, signal, async (limit) => {
      const response = await send(endpoint.url, {
        method: 'POST',
        redirect: 'error',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
        signal: limit,
      });
      return resultOf(await readJson(response), { method, provider: endpoint.name });
    });
  };

  const askProven = async (endpoint: RpcEndpoint, method: string, params: readonly unknown[], signal?: AbortSignal) => {
    if (proven.get(endpoint.name) !== 'right') {
      const seen = Number(await ask(endpoint, 'eth_chainId', [], signal));
      proven.set(endpoint.name, seen === options.chainId ? 'right' : seen);
      if (seen !== options.chainId) throw mismatch(endpoint.name, seen, options.chainId);
    }
    return ask(endpoint, method, params, signal);
  };

  return {
    chainId: options.chainId,
    rotate: () => {
      preferred = (preferred + 1) % Math.max(1, options.endpoints.length);
    },
    async call(method, params, signal) {
      const failures: unknown[] = [];
      for (let step = 0; step < endpoints.length; step++) {
        const at = (preferred + step) % endpoints.length;
        try {
          const result = await askProven(endpoints[at] as RpcEndpoint, method, params, signal);
          preferred = at;
          return result;
        } catch (error) {
          signal?.throwIfAborted();
          if (isAnswer(error)) throw error;
          tell(endpoints[at], method, error);
          failures.push(error);
        }
      }
      throw nobodyAnswered(method, options.chainId, failures);
    },
    broadcast(raw, signal) {
      const asked = options.endpoints.map((one) => askProven(one, 'eth_sendRawTransaction', [raw], signal));
      return firstAcceptance(asked);
    },
  };
}

/** Tells a provider's failure at warn once, and quietly until it fails in another way. */
function providerTeller({ observer, chainId }: RpcOptions) {
  const told = new Map<string, string>();
  return (endpoint: RpcEndpoint | undefined, method: string, error: unknown): void => {
    const provider = endpoint?.name ?? 'none';
    const code = error instanceof AppError ? error.code : 'NO_ANSWER';
    const level = told.get(provider) === code ? 'debug' : 'warn';
    told.set(provider, code);
    observer?.observe({ name: 'provider-failed', level, fields: { chain_id: chainId, provider, method, code } });
  };
}

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
    if (!(reason instanceof AppError) || !['RPC_REFUSED', 'CHAIN_MISMATCH'].includes(reason.code)) silent += 1;
    else refusals.push(String(reason.context['detail'] ?? reason.message));
  }
  if (silent > 0) return { kind: 'unknown', detail: `${silent} of ${answers.length} providers did not answer` };
  return { kind: 'refused', detail: refusals.join('; ') };
}

function isAnswer(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'RPC_REFUSED') return false;
  return !PROVIDER_FAULTS.has(Number(error.context['rpc_code']));
}

function nobodyAnswered(method: string, chainId: number, failures: readonly unknown[]): AppError {
  const isWrong = (error: unknown): boolean => error instanceof AppError && error.code === 'CHAIN_MISMATCH';
  const wrong = failures[0];
  const told = failures.every(
    (error) => error instanceof AppError && ['CHAIN_MISMATCH', 'RPC_REFUSED'].includes(error.code),
  );
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

function mismatch(provider: string, seen: number, expected: number): AppError {
  return transactionError(
    'CHAIN_MISMATCH',
    `provider ${provider} answered chain id ${seen}; expected ${expected}; check its URL in the environment`,
    { provider, chain_id: seen, expected },
  );
}

async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > RPC_BYTES_MAX) throw new RangeError(`the answer has more than ${RPC_BYTES_MAX} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}

function resultOf(answer: unknown, asked: { method: string; provider: string }): unknown {
  if (typeof answer !== 'object' || answer === null) throw new TypeError('the answer is no object');
  const { result, error } = answer as { result?: unknown; error?: unknown };
  if (error === undefined || error === null) {
    if (result === undefined) throw new TypeError('the answer has neither result nor error');
    return result;
  }
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown };
  const detail = clip(typeof message === 'string' ? message : 'no message');
  throw transactionError('RPC_REFUSED', `${asked.provider} refused ${asked.method}: ${detail}`, {
    provider: asked.provider,
    method: asked.method,
    rpc_code: typeof code === 'number' ? code : 0,
    detail,
    payload: revertBytes(data),
  });
}

/** Some nodes nest the revert bytes one level deeper. */
function revertBytes(payload: unknown): string | null {
  if (typeof payload === 'string') return /^0x[0-9a-fA-F]*$/.test(payload) ? payload : null;
  if (typeof payload === 'object' && payload !== null && 'data' in payload) return revertBytes(payload.data);
  return null;
}

function clip(text: string): string {
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
}
