import { AppError, type ChainId } from '@surety/domain';
import { type Clock, type Observer, untilAborted } from '@surety/workflows';
import { isLie, rpcError } from './errors.js';
import type { RpcLimits } from './limits.js';
import type { CallBudget } from './call-budget.js';
import { answerBytesMax } from './answers/answer-bytes-max.js';
import { parseReply } from './answers/parse-reply.js';
import type { RpcReply, RpcTransport } from './rpc-transport.js';
import { parseSmallQuantity } from './answers/rpc-values.js';

/** One configured provider of a chain. */
export interface ProviderConfig {
  /** Short and unique on its chain. It appears in logs and metrics, so it must not contain a key. */
  readonly name: string;
  /** The organisation that runs it. */
  readonly operator: string;
  readonly transport: RpcTransport;
}

/** Counters of one provider. */
export interface ProviderStats {
  readonly provider: string;
  readonly operator: string;
  /** Calls sent. */
  readonly asked: number;
  /** Calls without a usable answer. */
  readonly failed: number;
  /** Answers proven false. */
  readonly lied: number;
  readonly lastError: { readonly code: string; readonly message: string } | null;
}

/** One request to one provider. */
export interface RpcCall<Result> {
  readonly method: string;
  readonly params: readonly unknown[];
  /** Turns the answer into a value, or throws. */
  readonly parse: (result: unknown) => Result;
  /** Turns an RPC_ERROR that is an answer, such as a revert, into a value; returns undefined to leave it an error. */
  readonly refused?: (error: AppError) => Result | undefined;
  readonly budget: CallBudget;
  readonly signal?: AbortSignal | undefined;
}

/** Errors that are not the provider's fault. */
const UNCOUNTED: ReadonlySet<string> = new Set(['ABORTED', 'CALL_LIMIT', 'RANGE_REFUSED']);

/** Spoilt answers after which a provider is refused. */
const SPOILT_MAX = 3;

/**
 * Spoilt answers count for as long as this many rechecks take: one that spoils its first answer after a recheck is refused
 * again at once.
 */
const SPOILT_RECHECKS = 4;

/** Characters of a malformed or dense answer below which it is a failure like any other: a gateway's page, or a part of an answer. */
const SPOILT_LENGTH_MIN = 256 * 1_024;

/** Ends the wait beside an answer. An abort without a reason makes an error with a stack each time, a tenth of a call's cost. */
export const ENDED = new Error('the call has ended');

interface Refused {
  readonly kind: 'refused';
  readonly error: AppError;
  readonly untilMs: number;
  readonly recheck: Recheck;
}

type Standing = { readonly kind: 'unproved' } | { readonly kind: 'proved' } | Refused;

/** Checks a refused provider again; rejects if it fails. */
export type Recheck = (budget: CallBudget) => Promise<void>;

/**
 * One provider: bounded calls, checked answers, an identity proved before use and again after each lost connection.
 *
 * | standing | event | next |
 * | --- | --- | --- |
 * | unproved | `eth_chainId` equals the chain's | proved |
 * | unproved | another chain id | refused |
 * | proved | connection lost, timeout | unproved |
 * | proved | cannot prove a final block | refused |
 * | proved | spoilt answers again and again | refused |
 * | refused | recheck after a while succeeds | proved |
 */
export class RpcProvider {
  readonly name: string;
  readonly operator: string;
  readonly #transport: RpcTransport;
  readonly #chainId: ChainId;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #limits: RpcLimits;
  #standing: Standing = { kind: 'unproved' };
  #proving: Promise<void> | undefined;
  #nextId = 1;
  #inFlight = 0;
  #asked = 0;
  #failed = 0;
  #lied = 0;
  /** When the newest answers came that no honest provider gives, and that cost as much as many honest ones. */
  #spoiltAtMs: readonly number[] = [];
  #lastError: ProviderStats['lastError'] = null;

  constructor(
    config: ProviderConfig,
    context: { chainId: ChainId; clock: Clock; observer: Observer; limits: RpcLimits },
  ) {
    this.name = config.name;
    this.operator = config.operator;
    this.#transport = config.transport;
    this.#chainId = context.chainId;
    this.#clock = context.clock;
    this.#observer = context.observer;
    this.#limits = context.limits;
  }

  /** Returns this provider's counters. */
  stats(): ProviderStats {
    return {
      provider: this.name,
      operator: this.operator,
      asked: this.#asked,
      failed: this.#failed,
      lied: this.#lied,
      lastError: this.#lastError,
    };
  }

  /**
   * Sends one request to the provider after proving its identity.
   * @throws what the transport, the answer or `parse` shows; every failure but CALL_LIMIT, RANGE_REFUSED and ABORTED is
   * counted here.
   */
  async call<Result>(call: RpcCall<Result>): Promise<Result> {
    await this.#admit(call);
    return this.ask(call);
  }

  /** Sends a request without proving the identity first; for the checks that prove it. */
  async ask<Result>(call: RpcCall<Result>): Promise<Result> {
    call.budget.spend(this.name);
    if (this.#inFlight >= this.#limits.inFlightMax) {
      throw this.report(
        rpcError(
          'PROVIDER_BUSY',
          `${this.#inFlight} calls are under way at ${this.name}; expected fewer than ${this.#limits.inFlightMax}`,
        ),
      );
    }
    this.#asked += 1;
    this.#inFlight += 1;
    try {
      return call.parse(await this.#answer(call));
    } catch (cause) {
      const answer = cause instanceof AppError && cause.code === 'RPC_ERROR' ? call.refused?.(cause) : undefined;
      if (answer !== undefined) return answer;
      throw this.report(cause);
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Sends the request and returns its result, unread. */
  async #answer(call: RpcCall<unknown>): Promise<unknown> {
    const id = this.#nextId++;
    const { method, params } = call;
    const { responseBytesMax } = this.#limits;
    const honestBytesMax = answerBytesMax(call) ?? Number.POSITIVE_INFINITY;
    const bytesMax = Math.min(honestBytesMax, responseBytesMax);
    let length = 0;
    try {
      const reply = await this.#exchange(JSON.stringify({ jsonrpc: '2.0', id, method, params }), { ...call, bytesMax });
      length = reply.body.length;
      return parseReply(reply, { id, method, params, bytesMax });
    } catch (cause) {
      if (!(cause instanceof AppError)) throw cause;
      const { code, context } = cause;
      // What passes only the configured limit may be honest, and so may what a gateway cut off: logs, full blocks, and what
      // contracts return or name as the reason of a revert. Whoever wrote them would turn honest providers away.
      const isTooLarge = code === 'RESPONSE_TOO_LARGE' && honestBytesMax <= responseBytesMax;
      const isMalformed = code === 'BAD_RESPONSE' && (Number.isFinite(honestBytesMax) || context['dense'] === true);
      if (isTooLarge || (isMalformed && length > SPOILT_LENGTH_MIN)) this.#noteSpoilt(cause);
      throw cause;
    }
  }

  /** Refuses a provider that spoils its answers again and again. */
  #noteSpoilt(error: AppError): void {
    const nowMs = this.#clock.elapsedMs();
    const sinceMs = nowMs - SPOILT_RECHECKS * this.#limits.recheckAfterMs;
    this.#spoiltAtMs = [...this.#spoiltAtMs.filter((atMs) => atMs > sinceMs), nowMs].slice(-SPOILT_MAX);
    if (this.#spoiltAtMs.length < SPOILT_MAX || this.#standing.kind === 'refused') return;
    this.refuse(error, (next) => this.proveIdentity(next));
  }

  /** Counts a failure or a lie that the caller found, reports it to the observer, and returns the error to throw. */
  report(cause: unknown): AppError {
    const error =
      cause instanceof AppError
        ? cause
        : rpcError('UNREACHABLE', `provider ${this.name} failed; it is asked again later`, { cause });
    if (UNCOUNTED.has(error.code)) return error;
    const lie = isLie(error);
    if (lie) this.#lied += 1;
    else this.#failed += 1;
    this.#lastError = { code: error.code, message: error.message };
    if (this.#standing.kind === 'proved' && (error.code === 'UNREACHABLE' || error.code === 'TIMEOUT')) {
      this.#standing = { kind: 'unproved' };
    }
    this.#observer.observe({
      name: lie ? 'provider-lied' : 'provider-failed',
      level: lie ? 'warn' : 'debug',
      fields: { chain_id: this.#chainId, provider: this.name, operator: this.operator, code: error.code },
    });
    return error;
  }

  /** Refuses the provider until `recheck` resolves; the first recheck comes no sooner than the configured interval. */
  refuse(error: AppError, recheck: Recheck): void {
    const untilMs = this.#clock.elapsedMs() + this.#limits.recheckAfterMs;
    this.#standing = { kind: 'refused', error, untilMs, recheck };
    this.#observer.observe({
      name: 'provider-refused',
      level: 'warn',
      fields: { chain_id: this.#chainId, provider: this.name, operator: this.operator, code: error.code },
    });
  }

  /** Accepts the provider again once its checks have passed. */
  accept(): void {
    this.#standing = { kind: 'proved' };
  }

  /** Requests the chain id and refuses the provider if it differs. @throws WRONG_CHAIN and what a call throws. */
  async proveIdentity(budget: CallBudget): Promise<void> {
    const seen = await this.ask({
      method: 'eth_chainId',
      params: [],
      parse: (result) => parseSmallQuantity(result, 'eth_chainId'),
      budget,
    });
    if (seen === this.#chainId) return;
    const error = rpcError(
      'WRONG_CHAIN',
      `provider ${this.name} answered chain id ${seen}; expected ${this.#chainId}, check its address`,
      { context: { provider: this.name, seen, expected: this.#chainId } },
    );
    this.refuse(error, (next) => this.proveIdentity(next));
    throw this.report(error);
  }

  async #admit(call: RpcCall<unknown>): Promise<void> {
    const standing = this.#standing;
    if (standing.kind === 'proved') return;
    if (standing.kind === 'refused' && this.#clock.elapsedMs() < standing.untilMs) {
      this.#failed += 1;
      throw rpcError('PROVIDER_REFUSED', `provider ${this.name} is refused: ${standing.error.message}`, {
        context: { provider: this.name, reason: standing.error.code },
        cause: standing.error,
      });
    }
    if (isAborted(call.signal)) throw aborted(call.method);
    this.#proving ??= (standing.kind === 'refused' ? this.#recheck(standing, call) : this.proveIdentity(call.budget))
      // What was in flight may have had it refused meanwhile, and that stands.
      .then(() => {
        if (this.#standing === standing) this.accept();
      })
      .finally(() => {
        this.#proving = undefined;
      });
    try {
      // Others wait for it, too: it outlives a caller that stops.
      await untilAborted(this.#proving, call.signal);
    } catch (error) {
      throw isAborted(call.signal) ? aborted(call.method) : error;
    }
  }

  /** Checks a refused provider again; a failure restarts the interval. */
  async #recheck(standing: Refused, { budget }: RpcCall<unknown>): Promise<void> {
    try {
      await standing.recheck(budget);
    } catch (error) {
      const untilMs = this.#clock.elapsedMs() + this.#limits.recheckAfterMs;
      if (this.#standing === standing) this.#standing = { ...standing, untilMs };
      throw error;
    }
  }

  /** Sends the request within the time limit of the injected clock, and aborts the transport when it ends. */
  async #exchange(body: string, call: RpcCall<unknown> & { readonly bytesMax: number }): Promise<RpcReply> {
    const abort = new AbortController();
    const stop = (): void => abort.abort(call.signal?.reason);
    if (isAborted(call.signal)) throw aborted(call.method);
    call.signal?.addEventListener('abort', stop, { once: true });
    const late = Symbol('late');
    try {
      const sent = this.#transport.send(body, { signal: abort.signal, bytesMax: call.bytesMax });
      const outcome = await Promise.race([
        sent,
        this.#clock.sleep(this.#limits.callTimeoutMs, abort.signal).then((): typeof late => late),
      ]);
      if (outcome !== late) return outcome;
      sent.catch(() => undefined);
      if (isAborted(call.signal)) throw aborted(call.method);
      throw rpcError(
        'TIMEOUT',
        `provider ${this.name} gave no answer within ${this.#limits.callTimeoutMs} ms to ${call.method}`,
        { context: { timeout_ms: this.#limits.callTimeoutMs } },
      );
    } catch (error) {
      if (isAborted(call.signal)) throw aborted(call.method);
      throw error;
    } finally {
      call.signal?.removeEventListener('abort', stop);
      abort.abort(ENDED);
    }
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function aborted(method: string): AppError {
  return rpcError('ABORTED', `${method} was stopped by its caller`);
}
