import type { ParkedHints } from '../ports/ledger.js';
import type { WaitingHints } from '../ports/witness.js';

/** Credits are numbered generation · 2^64 + n. */
const COUNT_MASK = (1n << 64n) - 1n;

/** Gives what waits at the ledger for a confirmation of one source's journal. The hints are asked in turn, one a look. */
export function waitingCredits(hints: readonly ParkedHints[], source: number): WaitingHints {
  let looks = 0;
  return {
    async readWaiting(signal) {
      const asked = hints[looks++ % Math.max(1, hints.length)];
      const parked = (await asked?.readParked(source, 0n, signal)) ?? [];
      return parked
        .filter(({ reason }) => reason === 'UNCONFIRMED')
        .reduce((highest, { index }) => ((index & COUNT_MASK) > highest ? index & COUNT_MASK : highest), 0n);
    },
  };
}
