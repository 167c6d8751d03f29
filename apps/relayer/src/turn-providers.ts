import type { Rpc } from '@surety/transactions';
import type { Clock } from '@surety/workflows';

/** Milliseconds for which one provider of a chain is preferred at most. */
export const PROVIDER_TURN_MS = 60_000;

/**
 * Prefers the next provider of a chain each minute until the signal aborts. A false count, date or base fee that leaves nothing
 * to do is no failure, so no loop would ever leave its provider. One turn for all loops of a chain: turns of their own would
 * add up, and could always end at the same provider. It asks nothing and reports nothing.
 */
export async function turnProviders(
  { rpc, clock }: { readonly rpc: Pick<Rpc, 'rotate'>; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(PROVIDER_TURN_MS, signal);
    if (!signal.aborted) rpc.rotate();
  }
}
