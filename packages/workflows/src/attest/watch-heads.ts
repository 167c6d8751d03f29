import type { OriginChain } from '../ports/origin-chain.js';
import type { Bell } from '../running/bell.js';

/** Signals each new head of one chain until the signal aborts, so that the chain's loops share one poll. */
export async function watchHeads(chain: OriginChain, heads: Bell, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await chain.waitForHead(signal);
    heads.ring();
  }
}
