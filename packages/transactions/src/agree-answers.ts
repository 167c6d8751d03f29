import { AppError } from '@surety/domain';
import {
  type Patience,
  type RpcAnswer,
  type RpcProvider,
  type RpcRequest,
  askProvider,
  askQuorum,
  awaitQuorum,
  isOutOfGas,
  isRevert,
  quorumSize,
} from '@surety/rpc';
import { transactionError } from './errors.js';

/** Providers of which one that lies is outvoted: of two that differ nobody knows which one does. */
const VOTERS_MIN = 3;

/** The answer of all providers of a chain together. */
export type AgreedAnswer =
  | { readonly kind: 'result'; readonly result: unknown }
  /** Two thirds of them refuse it; the error is that of one of them. */
  | { readonly kind: 'refused'; readonly provider: string; readonly error: AppError };

/** Refusals caused by the provider, not by the request. @source EIP-1474 */
export const PROVIDER_FAULTS: ReadonlySet<unknown> = new Set([-32_601, -32_603, -32_005, -32_002, 429]);

/** Who is asked, and how long those that are silent are waited for once two thirds have answered. */
export interface AgreementOptions {
  readonly chainId: number;
  readonly providers: readonly RpcProvider[];
  /** Time limit of one call, in milliseconds. */
  readonly timeoutMs: number;
  readonly patience: Patience;
}

/** Asks all providers about a transaction; gives undefined for what one provider may answer. */
export type AskVoters = (request: RpcRequest) => Promise<AgreedAnswer> | undefined;

/**
 * Creates the questions that all providers of a chain are asked at once. None of it is what one of three or more says alone.
 *
 * | asked | the answer |
 * | --- | --- |
 * | a receipt | the one that two thirds show, with block, status and events; none until then |
 * | the next nonce | the highest that two thirds have reached |
 * | the tip | that of the middle one of those that know the method; a refusal if two thirds do not |
 * | the balance, the newest block | that of the middle one, blocks by their base fee |
 * | the gas of a call | the highest that leaves room for those that may lie; a refusal if two thirds refuse, a revert if it is one for two thirds |
 *
 * The questions throw RPC_UNAVAILABLE while fewer than two thirds answer. Returns undefined for one or two providers.
 */
export function agreeAnswers(options: AgreementOptions): AskVoters | undefined {
  if (options.providers.length < VOTERS_MIN) return undefined;
  const quorum = quorumSize(options.providers.length);
  return (request) => {
    const { method, params } = request;
    const isNewestBlock = method === 'eth_getBlockByNumber' && params[0] === 'latest';
    if (method === 'eth_getTransactionReceipt') return agreeReceipt(options, request);
    if (method === 'eth_estimateGas') return agreeGas(options, request);
    if (method === 'eth_getTransactionCount') return pick(options, request, quantityOf, () => quorum - 1);
    if (method === 'eth_getBalance') return pick(options, request, quantityOf, middleOf);
    if (method === 'eth_maxPriorityFeePerGas') return agreeTip(options, request);
    if (isNewestBlock) return pick(options, request, baseFeeOf, middleOf);
    return undefined;
  };
}

/**
 * Asks all providers whether a call is refused, of which one has said so: the answer of one that takes it, or the refusal.
 * @throws RPC_UNAVAILABLE while fewer than two thirds answer; the signal's reason.
 */
export async function agreeRefusal(options: AgreementOptions, request: RpcRequest): Promise<AgreedAnswer> {
  const heard = await askAll(options, request, (answer) => answer.kind === 'result' || isOfRequest(answer.error));
  const { said } = heard;
  if (said.length < quorumSize(options.providers.length)) throw tooFew(options, request, heard.away);
  const taken = said.find(({ answer }) => answer.kind === 'result')?.answer;
  const refused = refusalOf(options, said);
  if (refused !== undefined) return refused;
  if (taken === undefined) throw tooFew(options, request, heard.away);
  return taken as Extract<RpcAnswer, { kind: 'result' }>;
}

/**
 * Returns whether any provider shows the receipt of a transaction: on one that too few show nobody can act, and yet it may have landed.
 * @throws RPC_UNAVAILABLE while fewer than two thirds answer; the signal's reason.
 */
export async function isShown(options: AgreementOptions, hash: string, signal?: AbortSignal): Promise<boolean> {
  const request = { method: 'eth_getTransactionReceipt', params: [hash], signal };
  const { clock } = options.patience;
  // The one that shows it may be the slowest: each has its whole time.
  const unhurried = { ...options, patience: { clock, afterMs: options.timeoutMs } };
  const { said, away } = await askAll(unhurried, request, ({ kind }) => kind === 'result');
  if (said.length < quorumSize(options.providers.length)) throw tooFew(options, request, away);
  return said.some(({ answer }) => answer.kind === 'result' && hashOf(answer.result) === hash.toLowerCase());
}

/** One provider's answer. */
interface Said {
  readonly provider: RpcProvider;
  readonly answer: RpcAnswer;
}

/** A provider without an answer that counts, and the reason; none for one that is silent. */
interface Away {
  readonly provider: RpcProvider;
  readonly reason?: unknown;
}

/** The answers that count, and those without one. */
interface Heard {
  readonly said: readonly Said[];
  readonly away: readonly Away[];
}

/** Asks all providers; returns the answers that count, when all have come, or two thirds and patience is over. */
async function askAll(
  { providers, patience }: AgreementOptions,
  request: RpcRequest,
  counts: (answer: RpcAnswer) => boolean,
): Promise<Heard> {
  return untilOver(request.signal, async (signal) => {
    const asked = providers.map(async (provider): Promise<Said> => {
      const answer = await askProvider(provider, { ...request, signal });
      if (counts(answer)) return { provider, answer };
      throw answer.kind === 'refused' ? answer.error : badAnswer(provider, request);
    });
    const outcomes = await awaitQuorum(asked, quorumSize(providers.length), patience);
    request.signal?.throwIfAborted();
    const said = outcomes.flatMap((outcome) => (outcome?.status === 'fulfilled' ? [outcome.value] : []));
    const away = providers.flatMap((provider, at): Away[] => {
      const outcome = outcomes[at];
      if (outcome?.status === 'fulfilled') return [];
      return [outcome === undefined ? { provider } : { provider, reason: outcome.reason }];
    });
    return { said, away };
  });
}

/**
 * Runs a question that ends with its caller's signal, and releases that signal afterwards. `AbortSignal.any` would keep some bytes
 * of each on one that lives as long as the process.
 */
async function untilOver<Value>(
  outer: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const over = new AbortController();
  const abandon = (): void => over.abort(outer?.reason);
  if (outer?.aborted === true) abandon();
  outer?.addEventListener('abort', abandon, { once: true });
  try {
    return await run(over.signal);
  } finally {
    outer?.removeEventListener('abort', abandon);
    over.abort(OVER);
  }
}

/** An abort without a reason makes an error with a stack each time. */
const OVER = new Error('two thirds have answered');

/** Returns the answer at a place in the order of the numbers in them, highest first. */
async function pick(
  options: AgreementOptions,
  request: RpcRequest,
  numberOf: (result: unknown) => bigint | undefined,
  placeOf: (answers: number) => number,
): Promise<AgreedAnswer> {
  const { said, away } = await askAll(
    options,
    request,
    (answer) => answer.kind === 'result' && numberOf(answer.result) !== undefined,
  );
  if (said.length < quorumSize(options.providers.length)) throw tooFew(options, request, away);
  return { kind: 'result', result: highestFirst(said, numberOf)[placeOf(said.length)] };
}

/** Returns results by the numbers in them, highest first. */
function highestFirst(said: readonly Said[], numberOf: (result: unknown) => bigint | undefined): unknown[] {
  const results = said.flatMap(({ answer }) => (answer.kind === 'result' ? [answer.result] : []));
  return results
    .map((result) => ({ result, number: numberOf(result) ?? 0n }))
    .sort((a, b) => (a.number < b.number ? 1 : a.number > b.number ? -1 : 0))
    .map(({ result }) => result);
}

/** The place of the middle one, the higher of two. */
const middleOf = (answers: number): number => (answers - 1) >> 1;

/** Too little gas fails a transaction, so of those that take the call only as many as may lie are passed over. */
async function agreeGas(options: AgreementOptions, request: RpcRequest): Promise<AgreedAnswer> {
  const quorum = quorumSize(options.providers.length);
  const { said: all, away } = await askAll(options, request, (answer) =>
    answer.kind === 'result' ? quantityOf(answer.result) !== undefined : isOfRequest(answer.error),
  );
  const refusal = refusalOf(options, all);
  if (refusal !== undefined) return refusal;
  const said = all.filter(({ answer }) => answer.kind === 'result' || isRefusal(answer.error));
  const others = all.flatMap(({ provider, answer }) =>
    answer.kind === 'refused' && !isRefusal(answer.error) ? [{ provider, reason: answer.error }] : [],
  );
  if (said.length < quorum) throw tooFew(options, request, [...away, ...others]);
  const gas = highestFirst(said, quantityOf);
  return { kind: 'result', result: gas[Math.max(0, gas.length - quorum)] };
}

/** Many nodes lack this method, so those that have it decide on their own unless they are too few. */
async function agreeTip(options: AgreementOptions, request: RpcRequest): Promise<AgreedAnswer> {
  const { said, away } = await askAll(options, request, (answer) =>
    answer.kind === 'result' ? quantityOf(answer.result) !== undefined : isUnsupported(answer.error),
  );
  if (said.length < quorumSize(options.providers.length)) throw tooFew(options, request, away);
  const refusal = refusalOf(options, said);
  if (refusal !== undefined) return refusal;
  const tips = highestFirst(said, quantityOf);
  return { kind: 'result', result: tips[middleOf(tips.length)] };
}

/** Returns a refusal if two thirds of the providers refuse: a revert only if it is one for two thirds. */
function refusalOf({ providers }: AgreementOptions, said: readonly Said[]): AgreedAnswer | undefined {
  const quorum = quorumSize(providers.length);
  const refusals = said.flatMap(({ provider, answer }) =>
    answer.kind === 'refused' ? [{ ...answer, provider: provider.name }] : [],
  );
  if (refusals.length < quorum) return undefined;
  const reverts = refusals.filter(({ error }) => isRefusal(error));
  return reverts.length >= quorum ? reverts[0] : refusals.find(({ error }) => !isRefusal(error));
}

/** A receipt on which too few agree is none yet: some lag, or lie. */
async function agreeReceipt(options: AgreementOptions, request: RpcRequest): Promise<AgreedAnswer> {
  const { providers } = options;
  const [hash] = request.params;
  const quorum = quorumSize(providers.length);
  const failed: Away[] = [];
  try {
    const result = await untilOver(request.signal, (signal) =>
      askQuorum<unknown>({
        subject: `the receipt of ${String(hash)}`,
        providers,
        quorum,
        keyOf: receiptKeyOf,
        mayDiffer: (receipt) => receipt === null,
        ask: async (provider) => {
          try {
            const answer = await askProvider(provider, { ...request, signal });
            if (answer.kind === 'refused') throw answer.error;
            return answer.result;
          } catch (error) {
            failed.push({ provider, reason: error });
            throw error;
          }
        },
      }),
    );
    return { kind: 'result', result };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (!(error instanceof AppError) || error.code !== 'NO_QUORUM') throw error;
    if (providers.length - failed.length < quorum) throw tooFew(options, request, failed);
    return { kind: 'result', result: null };
  }
}

function hashOf(receipt: unknown): string | undefined {
  if (typeof receipt !== 'object' || receipt === null) return undefined;
  return String((receipt as Record<string, unknown>)['transactionHash']).toLowerCase();
}

/** The end of a transaction as a receipt tells it. Nodes write other fields around it, and letters of either case. */
function receiptKeyOf(receipt: unknown): string {
  if (typeof receipt !== 'object' || receipt === null) return receipt === null ? 'none' : typeof receipt;
  const { transactionHash, blockHash, blockNumber, status, gasUsed, logs } = receipt as Record<string, unknown>;
  const events = Array.isArray(logs) ? logs.map((log) => eventOf(log)) : logs;
  return JSON.stringify([transactionHash, blockHash, blockNumber, status, gasUsed, events]).toLowerCase();
}

function eventOf(log: unknown): unknown {
  if (typeof log !== 'object' || log === null) return log;
  const { address, topics, data } = log as Record<string, unknown>;
  return [address, topics, data];
}

/** True if the call itself is refused, rather than the question. */
function isRefusal(error: AppError): boolean {
  const detail = String(error.context['detail']);
  return isRevert(error) || isOutOfGas(detail) || /intrinsic gas/i.test(detail);
}

/** True if the request is refused for what is in it, as by a revert or a lack of coin. A node that lags refuses what others answer. */
function isOfRequest(error: AppError): boolean {
  if (isRefusal(error)) return true;
  return (
    error.code === 'RPC_ERROR' &&
    !PROVIDER_FAULTS.has(error.context['rpc_code']) &&
    !LAGS.test(String(error.context['detail']))
  );
}

/** @source EIP-1474 for the code of an unknown method; nodes and gateways use others too */
function isUnsupported(error: AppError): boolean {
  return isOfRequest(error) || error.context['rpc_code'] === -32_601;
}

const LAGS = /not found|unknown (?:block|header)|missing trie node|BlockOutOfRange/i;

function quantityOf(result: unknown): bigint | undefined {
  return typeof result === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(result) ? BigInt(result) : undefined;
}

function baseFeeOf(block: unknown): bigint | undefined {
  if (typeof block !== 'object' || block === null) return undefined;
  const { number, baseFeePerGas = '0x0' } = block as Record<string, unknown>;
  return quantityOf(number) === undefined ? undefined : quantityOf(baseFeePerGas);
}

function badAnswer({ name }: RpcProvider, { method }: RpcRequest): AppError {
  return transactionError(
    'RPC_BAD_ANSWER',
    `${name} gave no value of JSON-RPC as answer to ${method}; it does not count`,
  );
}

function tooFew(
  { chainId, providers, timeoutMs }: AgreementOptions,
  { method }: RpcRequest,
  away: readonly Away[],
): AppError {
  const names = away.map(({ provider }) => provider.name).join(', ');
  const told = away.map(({ provider, reason }) => `${provider.name} (${reasonOf(reason)})`).join(', ');
  return transactionError(
    'RPC_UNAVAILABLE',
    `${away.length} of ${providers.length} providers of chain ${chainId} gave no answer to ${method} within ${timeoutMs} ms: ${told}; expected answers of ${quorumSize(providers.length)}; try again, or unset the variable of a dead one to go by the others alone, but of two that are left nobody is outvoted; surety doctor compares them`,
    { chain_id: chainId, method, silent: names },
  );
}

function reasonOf(reason: unknown): string {
  if (reason === undefined) return 'silent';
  if (!(reason instanceof AppError)) return 'UNREACHABLE';
  const detail = reason.context['detail'];
  return detail === undefined ? reason.code : `${reason.code}: ${String(detail)}`;
}
