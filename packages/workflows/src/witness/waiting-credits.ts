import type { ParkedCredit, ParkedHints } from '../ports/ledger.js';
import type { ReadWorths, WaitingHints } from '../ports/witness.js';
import { PARKED_PAGE, PARKED_PAGES_MAX } from '../relay/limits.js';
import { pageInTurn } from './page-in-turn.js';

/** Credits are numbered generation · 2^64 + n. */
const COUNT_BITS = 64n;
const COUNT_MASK = (1n << COUNT_BITS) - 1n;

/**
 * Gives what waits at the ledger for a confirmation of one source's journal. The hints are asked in turn, one a look; of very many
 * parked credits some pages a look, so that older ones which wait for something else hide none.
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
      const parked = await look(signal);
      // Those of an edge that was closed are not confirmed by heads of the next one.
      const generation = (parked.at(-1)?.index ?? 0n) >> COUNT_BITS;
      const waiting = parked.filter(
        ({ reason, index }) => reason === 'UNCONFIRMED' && index >> COUNT_BITS === generation,
      );
      if (waiting.length === 0) return [];
      const worths = await readWorths(
        waiting.map(({ vaultAsset, amount }) => ({ vaultAsset, units: amount })),
        signal,
      );
      return waiting.map(({ index }, at) => ({ count: index & COUNT_MASK, worthWei: worths[at] ?? null }));
    },
  };
}
