import type { Clock } from '@surety/workflows';
import type { Rpc } from './rpc.js';
import type { SendPolicy } from './transaction-sender.js';

/**
 * Asks for the next provider on behalf of a pending call that began to look at a time of the monotonic clock. Returns
 * whether what it read since then came from the provider before.
 */
export type TakeTurn = (lookedMs: number) => boolean;

/**
 * Lets the calls of one sender leave a provider that may stand still or lie. They do so together: several that each
 * turned away by themselves could bring the same provider back again and again.
 */
export function takeTurns(of: {
  readonly rpc: Pick<Rpc, 'rotate'>;
  readonly clock: Clock;
  readonly policy: Pick<SendPolicy, 'replaceAfterMs'>;
}): TakeTurn {
  let turnedMs = -Infinity;
  return (lookedMs) => {
    const nowMs = of.clock.elapsedMs();
    if (nowMs - turnedMs >= of.policy.replaceAfterMs) {
      turnedMs = nowMs;
      of.rpc.rotate();
    }
    return turnedMs >= lookedMs;
  };
}
