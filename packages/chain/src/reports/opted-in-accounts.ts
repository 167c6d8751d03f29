import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, type Bytes32, address, bytes32 } from '@surety/domain';
import { awaitQuorum, quorumSize } from '@surety/rpc';
import type { Clock } from '@surety/workflows';
import { getAbiItem } from 'viem';
import { chainError } from '../errors.js';
import { DEFAULT_LIMITS } from '../limits.js';
import { type ReportChain, readFinalNumber } from './report-chain.js';

const event = getAbiItem({ abi: collateralLedgerAbi, name: 'OptedIn' });

const PATIENCE_MS = DEFAULT_LIMITS.stragglerMs;

/** The ledger and the providers that opt-ins are read from. */
export interface OptedInOptions {
  /** The settlement chain at each provider. */
  readonly places: readonly ReportChain[];
  /** Block of the ledger's deployment. */
  readonly fromBlock: bigint;
  /** Most blocks of one log query. */
  readonly logSpanMax: bigint;
  /** Tells how long providers that are slower than a quorum are waited for. */
  readonly clock: Pick<Clock, 'sleep' | 'elapsedMs'>;
}

/**
 * Finds every account that ever opted in to a protocol, from the ledger's logs as a quorum of providers gives them: a hidden
 * account would get no report until a restart, and an invented one would cost a read of a position in each pass. Each
 * block is read once; a new process starts again. A provider that a quorum has to wait for is left out for the rest of a read,
 * which may have thousands of spans.
 */
export class OptedInAccounts {
  readonly #options: OptedInOptions;
  readonly #known = new Map<Address | 'any', { next: bigint; readonly accounts: Set<Bytes32> }>();

  constructor(options: OptedInOptions) {
    this.#options = options;
  }

  /**
   * Returns the accounts that opted in to a protocol, or to any, up to a final block, in order of their first opt-in.
   * @throws UNAVAILABLE; the signal's reason before the next span once it aborts. What was read until then stays known.
   */
  async upTo(protocol: Address | 'any', block: bigint, signal?: AbortSignal): Promise<readonly Bytes32[]> {
    const { fromBlock, logSpanMax } = this.#options;
    const known = this.#known.get(protocol) ?? { next: fromBlock, accounts: new Set<Bytes32>() };
    this.#known.set(protocol, known);
    const reading: Reading = { protocol, finals: new Map(), slow: new Set(), patienceMs: PATIENCE_MS };
    while (known.next <= block) {
      signal?.throwIfAborted();
      const last = known.next + logSpanMax - 1n;
      const toBlock = last < block ? last : block;
      for (const account of await this.#read({ fromBlock: known.next, toBlock }, reading)) known.accounts.add(account);
      known.next = toBlock + 1n;
    }
    return [...known.accounts];
  }

  /** Asks the providers; what too few of them show is invented, and what one leaves out the others show. */
  async #read(span: Span, reading: Reading): Promise<readonly Bytes32[]> {
    const { places } = this.#options;
    const { protocol, slow } = reading;
    const wanted = quorumSize(places.length);
    let asked = await this.#ask(span, reading);
    if (slow.size > 0 && asked.filter(isAnswer).length < wanted) {
      // The slow ones are needed after all.
      slow.clear();
      reading.patienceMs = PATIENCE_MS;
      asked = await this.#ask(span, reading);
    }
    const answers = asked.filter(isAnswer).map(({ value }) => value);
    if (answers.length < wanted) {
      const failed = asked.find((one) => one?.status === 'rejected');
      throw chainError(
        'UNAVAILABLE',
        `${answers.length} of ${places.length} providers gave the opt-ins to ${protocol === 'any' ? 'protocols' : protocol} in blocks ${span.fromBlock} to ${span.toBlock}; expected ${wanted}, they are asked again: look at limits.logRangeMax if that stays`,
        { cause: failed?.reason },
      );
    }
    const faultsMax = places.length - wanted;
    const needed = Math.max(1, Math.min(answers.length - faultsMax, faultsMax + 1));
    const shown = new Map<Bytes32, number>();
    for (const accounts of answers) for (const account of accounts) shown.set(account, (shown.get(account) ?? 0) + 1);
    return [...shown].flatMap(([account, count]) => (count >= needed ? [account] : []));
  }

  /** Asks those that were not slow before, and notes who is slow now. */
  async #ask(
    span: Span,
    reading: Reading,
  ): Promise<readonly (PromiseSettledResult<ReadonlySet<Bytes32>> | undefined)[]> {
    const { places, clock } = this.#options;
    const prompt = places.filter((place) => !reading.slow.has(place));
    let quorumAtMs: number | undefined;
    const sleep: Clock['sleep'] = (durationMs, signal) => {
      quorumAtMs = clock.elapsedMs();
      return clock.sleep(durationMs, signal);
    };
    const asked = prompt.map((place) => readOptedIn(place, span, reading));
    const patience = { clock: { sleep }, afterMs: reading.patienceMs };
    const outcomes = await awaitQuorum(asked, quorumSize(places.length), patience);
    const waitedMs = quorumAtMs === undefined ? 0 : clock.elapsedMs() - quorumAtMs;
    reading.patienceMs = Math.max(0, reading.patienceMs - waitedMs);
    for (const [at, place] of prompt.entries()) if (outcomes[at] === undefined) reading.slow.add(place);
    return outcomes;
  }
}

function isAnswer<Value>(one: PromiseSettledResult<Value> | undefined): one is PromiseFulfilledResult<Value> {
  return one?.status === 'fulfilled';
}

/** One read of many spans. */
interface Reading {
  readonly protocol: Address | 'any';
  readonly finals: Map<ReportChain, Promise<bigint>>;
  /** Left out from now on. */
  readonly slow: Set<ReportChain>;
  /** Milliseconds that are left to wait for those that are slower than a quorum, over all spans. */
  patienceMs: number;
}

/** Blocks of one log query. */
interface Span {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

/** Reads the accounts of one span at one provider. @throws if its final block lies before the span's end: it returns no logs for blocks it does not have. */
async function readOptedIn(
  place: ReportChain,
  span: Span,
  { protocol, finals }: Reading,
): Promise<ReadonlySet<Bytes32>> {
  const { reader, settlement } = place;
  const reading = finals.get(place) ?? readFinalNumber(place);
  finals.set(place, reading);
  const final = await reading;
  if (final < span.toBlock)
    throw chainError('UNAVAILABLE', `a provider's final block is ${final}; expected ${span.toBlock} or later`);
  const logs = await reader.getLogs({
    address: address(settlement.ledger),
    event,
    ...(protocol === 'any' ? {} : { args: { protocol } }),
    strict: true,
    ...span,
  });
  return new Set(logs.map(({ args }) => bytes32(args.account)));
}
