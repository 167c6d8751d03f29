import { AppError } from '@surety/domain';
import {
  type Patience,
  type ProvidersOptions,
  type RpcProvider,
  type Turn,
  askInTurn,
  askProvider,
  openProviders,
} from '@surety/rpc';
import type { Observer } from '@surety/workflows';
import { type AgreedAnswer, PROVIDER_FAULTS, agreeAnswers, agreeRefusal, isShown } from './agree-answers.js';
import { transactionError } from './errors.js';
import { RPC_BYTES_MAX, STILL_AFTER_MS } from './limits.js';
import { HeightWatch } from './watch-heights.js';

/** The chain and its providers. The observer learns of every provider that fails or serves another chain. */
export interface RpcOptions extends Omit<ProvidersOptions, 'responseBytesMax'> {
  /** Milliseconds after which a preferred provider is left whose height has not risen; a minute by default. */
  readonly stillAfterMs?: number;
  /** When the next provider is asked beside one that is silent; after the time limit of a call if left out. */
  readonly patience?: Patience;
  /**
   * With three or more providers, receipts, nonces, gas, fees and refusals are what two thirds of them say, and the last ones are waited for
   * this long; one provider's answer is enough if left out. It multiplies these calls: for a person who acts once, not for a process.
   */
  readonly agreement?: Patience;
}

/** The combined response of all providers to a signed transaction. */
export type BroadcastOutcome =
  | { readonly kind: 'accepted' }
  /** Every provider responded with a refusal, so this call did not put it in any pool of one that tells the truth. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** No provider accepted it, and at least one did not respond, failed itself, or says that the nonce is spent: it may be pending, or have landed. */
  | { readonly kind: 'unknown'; readonly detail: string };

/**
 * JSON-RPC of one chain over several providers. Reads prefer one provider and fail over, and leave one whose height does not
 * rise; signed transactions go to all.
 */
export interface Rpc {
  readonly chainId: number;
  /**
   * Calls a method at the preferred provider, then at the others if it does not answer.
   * @throws RPC_UNAVAILABLE, RPC_REFUSED (context: `rpc_code`, `detail`, `payload`), CHAIN_MISMATCH.
   */
  call(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown>;
  /** Sends signed bytes to every provider; sending the same bytes twice is harmless. */
  broadcast(raw: string, signal?: AbortSignal): Promise<BroadcastOutcome>;
  /**
   * Prefers the next provider from now on. Ignored if the preferred one has not answered anything yet: concurrent
   * complaints concern the provider before it.
   */
  rotate(): void;
  /**
   * Asks all providers whether any of them shows the receipt of a transaction. Only where two thirds decide on receipts: elsewhere
   * {@link rotate} leads to each of them. @throws RPC_UNAVAILABLE.
   */
  isShown?(txHash: string, signal?: AbortSignal): Promise<boolean>;
}

/**
 * Opens the providers of a chain. Each must prove its chain id before its first answer counts, and again after a lost
 * connection.
 */
export function createRpc(options: RpcOptions): Rpc {
  const { chainId } = options;
  const providers = openProviders({ ...options, observer: SILENT, responseBytesMax: RPC_BYTES_MAX });
  const tell = providerTeller(options);
  const tellStill = stillTeller(options);
  const heights = new HeightWatch(options.clock, options.stillAfterMs ?? STILL_AFTER_MS);
  const voters = options.agreement && { ...options, providers, patience: options.agreement };
  const askAgreed = voters && agreeAnswers(voters);
  let preferred = 0;
  let isHeard = true;
  let isLooking = false;

  const send = async (provider: RpcProvider, raw: string, signal?: AbortSignal): Promise<void> => {
    const method = 'eth_sendRawTransaction';
    const answer = await askProvider(provider, { method, params: [raw], signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw failureBy(provider.name, { method, chainId }, error);
    });
    if (answer.kind === 'refused') throw failureBy(provider.name, { method, chainId }, answer.error);
  };

  const turnAway = (): void => {
    isHeard = false;
    preferred = (preferred + 1) % Math.max(1, providers.length);
  };

  /** Leaves a preferred provider that stands still. Where the chain itself does, all are preferred in turn. */
  const leaveStill = async (signal?: AbortSignal): Promise<void> => {
    const [at, asked] = [preferred, { method: 'eth_blockNumber', params: [] }];
    const provider = providers[at];
    if (provider === undefined || providers.length < 2 || isLooking || !heights.isDue(at)) return;
    isLooking = true;
    const answer = await askProvider(provider, { ...asked, signal }).catch(() => undefined);
    isLooking = false;
    signal?.throwIfAborted();
    // A failure is judged by the calls themselves.
    if (answer?.kind !== 'result' || preferred !== at || heights.note(at, asked, answer.result)) return;
    tellStill(provider.name, answer.result);
    turnAway();
  };

  return {
    chainId,
    rotate: () => {
      if (isHeard) turnAway();
    },
    async call(method, params, signal) {
      await leaveStill(signal);
      const asked = { method, chainId };
      const agreed = await askAgreed?.({ method, params, signal });
      if (agreed !== undefined) return resultOf(agreed, asked);
      const first = preferred;
      const turn = await askInTurn(providers, first, { method, params, signal }, options.patience);
      const failures = turn.failures.map(({ provider, error }) => {
        const failure = failureBy(provider.name, asked, error);
        if (turn.answer !== undefined || !isRequestRefused(failure)) tell(provider.name, method, failure);
        return failure;
      });
      if (turn.answer === undefined) throw nobodyAnswered(asked, failures, silenceOf(turn, options.timeoutMs));
      const { at } = turn.answer;
      // A late answer must not restore a provider that a caller has rotated away from meanwhile.
      if (preferred === first) [preferred, isHeard] = [at, true];
      if (turn.answer.kind === 'result') {
        heights.note(at, { method, params }, turn.answer.result);
        return turn.answer.result;
      }
      const refusal = { kind: 'refused', provider: providers[at]?.name ?? '', error: turn.answer.error } as const;
      if (voters === undefined || askAgreed === undefined) return resultOf(refusal, asked);
      return resultOf(await agreeRefusal(voters, { method, params, signal }), asked);
    },
    broadcast: (raw, signal) => firstAcceptance(providers.map((one) => send(one, raw, signal))),
    ...(voters !== undefined &&
      askAgreed !== undefined && { isShown: (txHash, signal) => isShown(voters, txHash, signal) }),
  };
}

/** @throws RPC_REFUSED. */
function resultOf(answer: AgreedAnswer, asked: Asked): unknown {
  if (answer.kind === 'result') return answer.result;
  throw failureBy(answer.provider, asked, answer.error);
}

/** {@link providerTeller} reports each kind of failure of a provider once instead. */
const SILENT: Observer = { observe: () => undefined };

/** Reports a provider's failure as a warning once, and at a lower level until the kind of failure changes. */
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

/** Reports a provider that stands still as a warning once, and at a lower level while it says the same height. */
function stillTeller({ observer, chainId }: RpcOptions) {
  const told = new Map<string, unknown>();
  return (provider: string, height: unknown): void => {
    const level = told.get(provider) === height ? 'debug' : 'warn';
    told.set(provider, height);
    const fields = { chain_id: chainId, provider, height: String(height).slice(0, 66) };
    observer?.observe({ name: 'provider-stands-still', level, fields });
  };
}

/** Codes of failures in which the provider did respond. */
const SAID: ReadonlySet<string> = new Set(['CHAIN_MISMATCH', 'RPC_REFUSED']);

/**
 * How nodes refuse a nonce that is spent. What spent it may be these very bytes: one provider forwarded them, and answered late or untruly.
 * @source go-ethereum, Erigon, Besu and reth nonce too low; Nethermind OldNonce; OpenEthereum nonce is too low
 */
const NONCE_SPENT = /nonce (?:is )?too low|old ?nonce/i;

/** Resolves with the first acceptance, so that a silent provider delays nothing. Without one, waits for all responses. */
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
  return /already ?known|already imported|\bknown transaction/i.test(String(error.context['detail']));
}

/**
 * What only a pool says that has looked at a transaction; some nodes say so under the codes of faults.
 * @source Besu RpcErrorType -32002 and -32005; Frontier, which gives every refusal of its pool -32603
 */
const OF_POOL =
  /insufficient (?:funds|balance)|underpriced|fee ?too ?low|block gas limit|intrinsic gas|nonce|signature|transaction type/i;

/** True for a gateway's failure while the node behind it may have the bytes. One that lacks the method passes none on. */
function isOwnFault({ context }: AppError): boolean {
  const code = context['rpc_code'];
  return code !== -32_601 && PROVIDER_FAULTS.has(code) && !OF_POOL.test(String(context['detail']));
}

function judgeBroadcast(answers: readonly PromiseSettledResult<unknown>[]): BroadcastOutcome {
  const refusals: string[] = [];
  let silent = 0;
  for (const answer of answers) {
    if (answer.status === 'fulfilled') continue;
    const reason: unknown = answer.reason;
    if (!(reason instanceof AppError) || !SAID.has(reason.code) || isOwnFault(reason)) silent += 1;
    else refusals.push(String(reason.context['detail'] ?? reason.message));
  }
  if (silent > 0) return { kind: 'unknown', detail: `${silent} of ${answers.length} providers did not answer` };
  const spent = refusals.filter((detail) => NONCE_SPENT.test(detail)).length;
  if (spent > 0)
    return { kind: 'unknown', detail: `${spent} of ${answers.length} providers say that its nonce is spent` };
  return { kind: 'refused', detail: refusals.join('; ') };
}

/**
 * True for a refusal of the request itself. One without a code concerns the requested range, which another provider may
 * serve.
 */
function isRequestRefused(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'RPC_REFUSED') return false;
  const code = error.context['rpc_code'];
  return code !== undefined && !PROVIDER_FAULTS.has(code);
}

/** Names the providers that did not answer, with their failures and the time that each had. */
function silenceOf({ failures }: Turn, timeoutMs: number): string {
  const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : 'UNREACHABLE');
  return `within ${timeoutMs} ms: ${failures.map(({ provider, error }) => `${provider.name} (${codeOf(error)})`).join(', ')}`;
}

function nobodyAnswered({ method, chainId }: Asked, failures: readonly unknown[], silence: string): unknown {
  const isWrong = (error: unknown): boolean => error instanceof AppError && error.code === 'CHAIN_MISMATCH';
  const wrong = failures[0];
  const told = failures.every((error) => error instanceof AppError && SAID.has(error.code));
  // This error ends the process, so one provider's response beside refusals of the others is not enough.
  if (wrong instanceof AppError && failures.every(isWrong)) return wrong;
  const refusal = failures.find(isRequestRefused);
  if (refusal !== undefined) return refusal;
  const refused = failures.find((error) => error instanceof AppError && error.code === 'RPC_REFUSED');
  if (refused instanceof AppError && told) {
    // The remaining failures are the providers' own and pass by themselves, so they must not end a waiting process.
    const { code, message, context } = refused;
    return new AppError({ code, message, context, retryable: true, cause: refused });
  }
  return transactionError(
    'RPC_UNAVAILABLE',
    `none of ${failures.length} providers of chain ${chainId} answered ${method} ${silence}; expected at least one; check that they are up`,
    { chain_id: chainId, method },
    failures[0],
  );
}

interface Asked {
  readonly method: string;
  readonly chainId: number;
}

/**
 * Maps a provider's response or failure to the codes of this package. A provider refused for serving another chain
 * keeps that code.
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
