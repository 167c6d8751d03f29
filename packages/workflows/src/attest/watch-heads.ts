import type { OriginChain } from '../ports/origin-chain.js';
import type { Bell } from '../running/bell.js';

/** Rings a bell at each new head of one chain until the signal aborts: one waiter for all loops of that chain. */
export async function watchHeads(chain: OriginChain, heads: Bell, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await chain.waitForHead(signal);
    heads.ring();
  }
}
