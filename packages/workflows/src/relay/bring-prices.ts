import { AppError } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { OfferedPrice, PullSource } from '../ports/pull-source.js';
import { failureDetail } from '../running/failure-detail.js';
import { isChainMismatch, keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import { BRING_RETRY_MS } from './limits.js';
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
 * `keepPricesFresh`'s. One source that fails does not hold up the others.
 * @throws CHAIN_MISMATCH: this process is configured for another ledger.
 */
export async function bringPrices(deps: BringPricesDeps, signal: AbortSignal): Promise<void> {
  const { sources, clock, observer, policy, report } = deps;
  const pauses: BringPauses = new Map();
  let told = '';
  await keepRunning(
    {
      step: async () => {
        const failing: PullFailure[] = [];
        for (const source of sources) failing.push(...(await passSource(deps, source, pauses, signal)));
        const now = failing.map(({ name, code }) => `${name}:${code}`).join(',');
        if (now !== told && now !== '')
          observer.observe({ name: 'price-updates-failed', level: 'warn', fields: { failing: now } });
        told = now;
        report?.({ passedAtMs: clock.nowMs(), failing });
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

/** By source: updates in a row that did not help, and until when the source pauses. */
export type BringPauses = Map<
  string,
  { readonly times: number; readonly untilMs: number; readonly failure: PullFailure }
>;

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
    const code = error instanceof AppError ? error.code : 'UNEXPECTED';
    return [{ name: source.name, code, detail: error instanceof AppError ? error.message : failureDetail(error) }];
  }
}

/**
 * Makes one pass over one source: tries the offers, newest first, until the adapter shows one of them. A source where none helped
 * pauses, longer each time, so a lying service costs little. Returns the source's failure, if it has one.
 */
export async function bringOnce(
  { clock, observer, policy }: Pick<BringPricesDeps, 'clock' | 'observer' | 'policy'>,
  source: PullSource,
  pauses: BringPauses,
  signal?: AbortSignal,
): Promise<readonly PullFailure[]> {
  const pause = pauses.get(source.name);
  if (pause !== undefined && pause.untilMs > clock.elapsedMs()) return [pause.failure];
  const seen = await source.readChain(signal);
  const worth = (await source.readOffers(signal)).flatMap((offer) => {
    const reason = bringReason(seen, offer, policy);
    return reason === undefined ? [] : [{ offer, reason }];
  });
  let detail = '';
  for (const { offer, reason } of worth) {
    const outcome = await source.bring(offer, signal);
    const { price } = await source.readChain(signal);
    if (price.kind === 'price' && price.observedAt >= offer.observedAt) {
      const spent = outcome.kind === 'landed' ? { tx_hash: outcome.txHash, fee_wei: outcome.feeWei } : {};
      observer.observe({ name: 'price-brought', level: 'info', fields: { source: source.name, reason, ...spent } });
      pauses.delete(source.name);
      return [];
    }
    const answer = price.kind === 'price' ? `a price of ${price.observedAt}` : price.name;
    const what =
      outcome.kind === 'refused' || outcome.kind === 'reverted' ? `${outcome.kind} (${outcome.name})` : outcome.kind;
    detail = `an update of ${offer.observedAt} was ${what}, and the adapter answers ${answer}`;
  }
  if (worth.length > 0) {
    const times = (pause?.times ?? 0) + 1;
    const failure = { name: source.name, code: 'UPDATE_UNHELPFUL', detail };
    pauses.set(source.name, { times, untilMs: clock.elapsedMs() + retryDelayMs(times - 1, BRING_RETRY_MS), failure });
    return [failure];
  }
  if (seen.price.kind === 'price') return [];
  return [
    {
      name: source.name,
      code: 'NO_UPDATE',
      detail: `the adapter answers ${seen.price.name}, and no service has a newer price`,
    },
  ];
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
