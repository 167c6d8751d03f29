import type { WatcherConfig } from '@surety/config';
import type { Clock } from '@surety/workflows';
import type { Finding } from '../terminal/group-findings.js';

/** Longest wait for one machine’s date. */
const DATE_MS = 5_000;
/** Dates in HTTP are whole seconds, and an answer takes its time. */
const AGREES_WITHIN_S = 5;

/** Seconds by which this machine’s clock is ahead of another’s; negative if it is behind. */
interface Offset {
  readonly of: string;
  readonly aheadS: number;
}

/**
 * Compares this machine’s clock with those of aggregators, peers and providers, as each states it in the `Date` of an answer. One that
 * agrees suffices, for any of the others may be wrong.
 */
export async function checkClock(
  options: Pick<WatcherConfig, 'aggregatorUrls' | 'endpoints' | 'peerUrls'> & { readonly clock: Clock },
): Promise<Finding[]> {
  const { aggregatorUrls, peerUrls, endpoints, clock } = options;
  const own = [...aggregatorUrls, ...peerUrls].map((url) => ({ of: url, url: `${url}/health/live` }));
  const providers = [...endpoints.values()]
    .flat()
    .map(({ name, url }) => ({ of: `provider ${name}`, url: url.reveal() }));
  const offsets = (
    await Promise.all([...own, ...providers].map(async ({ of, url }) => offsetOf({ of, url, clock })))
  ).filter((one) => one !== undefined);
  return [judgeOffsets(offsets)];
}

/** Judges the clock by the offset from each machine that stated its date. */
export function judgeOffsets(offsets: readonly Offset[]): Finding {
  const check = 'attester clock';
  if (offsets.length === 0)
    return {
      check,
      result: 'warn',
      detail: 'no aggregator, peer or provider stated its date, so nothing was compared',
    };
  const agreeing = offsets.filter(({ aheadS }) => Math.abs(aheadS) <= AGREES_WITHIN_S);
  if (agreeing.length > 0)
    return {
      check,
      result: 'ok',
      detail: `within ${AGREES_WITHIN_S} s of ${agreeing.length} of ${offsets.length} machines`,
    };
  const [nearest] = offsets.toSorted((one, other) => Math.abs(one.aheadS) - Math.abs(other.aheadS));
  const { of, aheadS } = nearest ?? { of: '', aheadS: 0 };
  const told = aheadS > 0 ? `${aheadS} s ahead of` : `${-aheadS} s behind`;
  const detail = `${told} ${of}, the nearest of ${offsets.length} machines; let NTP set this clock (timedatectl set-ntp true)`;
  return { check, result: 'fail', detail };
}

async function offsetOf(one: {
  readonly of: string;
  readonly url: string;
  readonly clock: Clock;
}): Promise<Offset | undefined> {
  const { of, url, clock } = one;
  const askedMs = clock.nowMs();
  try {
    // What it answers does not matter: refusals have a date too.
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(DATE_MS) });
    const statedMs = Date.parse(answer.headers.get('date') ?? '');
    await answer.body?.cancel();
    if (Number.isNaN(statedMs)) return undefined;
    // The date was cut to its second, somewhere between question and answer.
    const midMs = askedMs + (clock.nowMs() - askedMs) / 2;
    return { of, aheadS: Math.round((midMs - statedMs - 500) / 1_000) };
  } catch {
    return undefined;
  }
}
