import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { OfferedPrice, PullSource } from '../ports/pull-source.js';
import { failureOf } from '../running/failure-detail.js';
import { isChainMismatch, keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import { BRING_RETRY_MS, UNSURE_RETRY_MS, SOURCES_AT_ONCE } from './limits.js';
import { type PokePolicy, movedBps } from './plan-pokes.js';
import { relayPauseMs } from './relay-pause-ms.js';

/** Ports of {@link bringPrices}. */
export interface BringPricesDeps {
  readonly sources: readonly PullSource[];
  readonly clock: Clock;
  readonly observer: Observer;
  /** When an update is worth a transaction; the age is that of the adapter, not of the slot. */
  readonly policy: PokePolicy & { readonly pollIntervalMs: number };
  /** Called after every pass with the sources that did not get the price they need, and why. */
  readonly report?: (status: PullStatus) => void;
}

/** The state of pull sources after a pass. */
export interface PullStatus {
  /** Time of `Clock.elapsedMs`. */
  readonly passedAtMs: number;
  readonly failing: readonly PullFailure[];
}

interface PullFailure {
  readonly name: string;
  readonly code: string;
  readonly detail: string;
}

/** Reason for which an update is worth a transaction. */
export type BringReason = 'missing' | 'moved' | 'ageing';

/**
 * Brings signed prices to the adapters that need them until the signal aborts: where the adapter has no price, where the price
 * moved, and where it ages. If somebody else brought the update first, ours changes nothing. The pokes that follow are
 * `keepPricesFresh`'s. One source that fails does not hold up the others, and several are served at once; the next pass waits for all.
 * @throws CHAIN_MISMATCH: this process is configured for another ledger.
 */
export async function bringPrices(deps: BringPricesDeps, signal: AbortSignal): Promise<void> {
  const { clock, observer, policy, report } = deps;
  const pauses: BringPauses = new Map();
  let told = '';
  await keepRunning(
    {
      step: async () => {
        const failing = await passSources(deps, pauses, signal);
        const now = failing.map(({ name, code }) => `${name}:${code}`).join(',');
        if (now !== told && now !== '')
          observer.observe({ name: 'price-updates-failed', level: 'warn', fields: { failing: now } });
        told = now;
        report?.({ passedAtMs: clock.elapsedMs(), failing });
      },
      pauseMs: (failures) => relayPauseMs(policy.pollIntervalMs, failures),
      failure: { name: 'bring-failed' },
      isFatal: isChainMismatch,
      clock,
      observer,
    },
    signal,
  );
}

/** Updates in a row by one service that did not help, and until when it pauses. */
interface BringPause {
  readonly times: number;
  readonly untilMs: number;
  readonly failure: PullFailure;
}

/** By source and service, and by source alone after an adapter's judgement. */
export type BringPauses = Map<string, BringPause>;

/** Makes a pass over every source, and returns the failures in the sources' order. */
async function passSources(
  deps: BringPricesDeps,
  pauses: BringPauses,
  signal: AbortSignal,
): Promise<readonly PullFailure[]> {
  const failing: (readonly PullFailure[])[] = [];
  const waiting = deps.sources.entries();
  const serve = async (): Promise<void> => {
    for (const [at, source] of waiting) failing[at] = await passSource(deps, source, pauses, signal);
  };
  // Settled, so that no pass is under way when the next one begins, which would pay for the same update.
  const served = await Promise.allSettled(Array.from({ length: SOURCES_AT_ONCE }, serve));
  for (const one of served) if (one.status === 'rejected') throw one.reason;
  return failing.flat();
}

async function passSource(
  deps: BringPricesDeps,
  source: PullSource,
  pauses: BringPauses,
  signal: AbortSignal,
): Promise<readonly PullFailure[]> {
  try {
    return await bringOnce(deps, source, pauses, signal);
  } catch (error) {
    if (signal.aborted || isChainMismatch(error)) throw error;
    return [{ name: source.name, ...failureOf(error) }];
  }
}

/**
 * Makes one pass over one source: tries the offers, newest first, until the adapter shows one of them. A service whose offer did
 * not help pauses, longer each time, whatever other services give: a lying one costs little and hides no honest one. Returns the
 * source's failure, if it has one.
 */
export async function bringOnce(
  deps: Pick<BringPricesDeps, 'clock' | 'observer' | 'policy'>,
  source: PullSource,
  pauses: BringPauses,
  signal?: AbortSignal,
): Promise<readonly PullFailure[]> {
  const { clock, observer, policy } = deps;
  const seen = await source.readChain(signal);
  const unsure = pauses.get(source.name);
  if (seen.price.kind === 'price') pauses.delete(source.name);
  else if (unsure !== undefined && unsure.untilMs > clock.elapsedMs()) return [unsure.failure];
  let failure: PullFailure | undefined;
  let isContent = false;
  for (const offer of await source.readOffers(signal)) {
    const reason = bringReason(seen, offer, policy);
    const name = `${source.name} ${offer.service}`;
    const pause = pauses.get(name);
    if (reason === undefined) isContent ||= pause === undefined;
    else if (pause !== undefined && pause.untilMs > clock.elapsedMs()) failure = pause.failure;
    else {
      const tried = await tryOffer(source, offer, signal);
      if (tried.kind === 'brought') {
        const fields = { source: source.name, reason, ...tried.spent };
        observer.observe({ name: 'price-brought', level: 'info', fields });
        pauses.delete(name);
        return [];
      }
      failure = tried.failure;
      if (tried.kind !== 'judged') pauses.set(name, pauseAfter(deps, tried, pause));
      else {
        // The other services are no newer: each would be paid for the same answer.
        pauses.set(source.name, pauseAfter(deps, tried, unsure));
        break;
      }
    }
  }
  if (seen.price.kind === 'price') {
    // A service that finds the price good enough outweighs one that offers what does not help.
    return failure === undefined || isContent ? [] : [failure];
  }
  if (failure !== undefined) return [failure];
  const detail = `the adapter answers ${seen.price.name}, and no service has a newer price`;
  return [{ name: source.name, code: 'NO_UPDATE', detail }];
}

/**
 * Error by which an adapter judges the network whose price it was brought, whoever brought it, and which ends by itself. A price out of its
 * band stays there. @source PythFeed, RedStoneFeed
 */
const JUDGEMENT = 'PriceUncertain';

/** Outcome of one offer. `thrown`: an error kept it from being brought. `judged`: it arrived, and the adapter does not believe its network. */
type Tried =
  | { readonly kind: 'brought'; readonly spent: { readonly tx_hash?: string; readonly fee_wei?: bigint } }
  | { readonly kind: 'unhelpful' | 'thrown' | 'judged'; readonly failure: PullFailure };

/** @throws CHAIN_MISMATCH, and what aborts; any other error is this offer's failure, so that the next one is tried. */
async function tryOffer(source: PullSource, offer: OfferedPrice, signal?: AbortSignal): Promise<Tried> {
  try {
    const outcome = await source.bring(offer, signal);
    const { price } = await source.readChain(signal);
    if (price.kind === 'price' && price.observedAt >= offer.observedAt) {
      const spent = outcome.kind === 'landed' ? { tx_hash: outcome.txHash, fee_wei: outcome.feeWei } : {};
      return { kind: 'brought', spent };
    }
    const answer = price.kind === 'price' ? `a price of ${price.observedAt}` : price.name;
    const what =
      outcome.kind === 'refused' || outcome.kind === 'reverted' ? `${outcome.kind} (${outcome.name})` : outcome.kind;
    const detail = `an update of ${offer.observedAt} by ${offer.service} was ${what}, and the adapter answers ${answer}`;
    const arrived = outcome.kind === 'landed' || outcome.kind === 'overtaken';
    const kind = arrived && price.kind === 'failing' && price.name === JUDGEMENT ? 'judged' : 'unhelpful';
    return { kind, failure: { name: source.name, code: 'UPDATE_UNHELPFUL', detail } };
  } catch (error) {
    if (signal?.aborted === true || isChainMismatch(error)) throw error;
    return { kind: 'thrown', failure: { name: source.name, ...failureOf(error) } };
  }
}

/**
 * An error costs nothing, and may be the provider's or the sender's: it makes no pause longer. An adapter's judgement pauses the whole source, for a
 * minute at most: it would else go on after the network is sure again, at every relayer at once.
 */
function pauseAfter(
  { clock, observer }: Pick<BringPricesDeps, 'clock' | 'observer'>,
  { kind, failure }: Exclude<Tried, { kind: 'brought' }>,
  pause: BringPause | undefined,
): BringPause {
  const { name: source, code, detail } = failure;
  const level = pause === undefined ? 'warn' : 'debug';
  observer.observe({ name: 'price-update-unhelpful', level, fields: { source, code, detail } });
  const times = pause?.times ?? 0;
  if (kind === 'thrown') return { times, untilMs: clock.elapsedMs() + BRING_RETRY_MS.firstMs, failure };
  const delays = kind === 'judged' ? UNSURE_RETRY_MS : BRING_RETRY_MS;
  return { times: times + 1, untilMs: clock.elapsedMs() + retryDelayMs(times, delays), failure };
}

/** Returns why an offer is worth a transaction; undefined if it is too old, not newer, or too little of a change. */
export function bringReason(
  seen: Awaited<ReturnType<PullSource['readChain']>>,
  offer: Pick<OfferedPrice, 'price1e12' | 'observedAt'>,
  policy: PokePolicy,
): BringReason | undefined {
  const { price, timestamp, maxAgeS } = seen;
  if (offer.observedAt + maxAgeS <= timestamp) return undefined;
  if (price.kind === 'failing') return 'missing';
  if (offer.observedAt <= price.observedAt) return undefined;
  if (movedBps(price.price1e12, offer.price1e12) >= BigInt(policy.moveBps)) return 'moved';
  const ageS = timestamp - price.observedAt;
  return ageS * 10_000n >= maxAgeS * BigInt(policy.ageShareBps) ? 'ageing' : undefined;
}
