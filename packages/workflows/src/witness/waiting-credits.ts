import type { ParkedCredit, ParkedHints } from '../ports/ledger.js';
import type { ReadWorths, WaitingHints } from '../ports/witness.js';
import { PARKED_PAGE, PARKED_PAGES_MAX } from '../relay/limits.js';
import { pageInTurn } from './page-in-turn.js';

/**
 * Lists credits at the ledger that wait for a confirmation of one source's journal. Hints are read in turn, one per
 * poll, and long lists some pages per poll, so that older credits with another reason hide none.
 */
export function waitingCredits(hints: readonly ParkedHints[], source: number, readWorths: ReadWorths): WaitingHints {
  const look = pageInTurn<ParkedHints, ParkedCredit>({
    hints,
    readPage: (asked, after, signal) => asked.readParked(source, after, signal),
    numberOf: ({ index }) => index,
    pageSize: PARKED_PAGE,
    pagesMax: PARKED_PAGES_MAX,
  });
  return {
    async readWaiting(signal) {
      const waiting = (await look(signal)).filter(({ reason }) => reason === 'UNCONFIRMED');
      if (waiting.length === 0) return [];
      const worths = await readWorths(
        waiting.map(({ vaultAsset, amount }) => ({ vaultAsset, units: amount })),
        signal,
      );
      return waiting.map(({ index }, at) => ({ count: index, worthWei: worths[at] ?? null }));
    },
  };
}
