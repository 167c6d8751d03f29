import type { ParkedCredit, ParkedHints } from '../ports/ledger.js';
import type { WaitingHints } from '../ports/witness.js';
import { PARKED_PAGE, PARKED_PAGES_MAX } from '../relay/limits.js';

/** Credits are numbered generation · 2^64 + n. */
const COUNT_BITS = 64n;
const COUNT_MASK = (1n << COUNT_BITS) - 1n;

/**
 * Gives what waits at the ledger for a confirmation of one source's journal. The hints are asked in turn, one a look; of very many
 * parked credits some pages a look, so that older ones which wait for something else hide none.
 */
export function waitingCredits(hints: readonly ParkedHints[], source: number): WaitingHints {
  let looks = 0;
  const cursors: bigint[] = [];
  return {
    async readWaiting(signal) {
      const turn = looks++ % Math.max(1, hints.length);
      const asked = hints[turn];
      if (asked === undefined) return 0n;
      const { parked, next } = await readPages(asked, { source, after: cursors[turn] ?? 0n }, signal);
      cursors[turn] = next;
      // Those of an edge that was closed are not confirmed by heads of the next one.
      const generation = (parked.at(-1)?.index ?? 0n) >> COUNT_BITS;
      return parked
        .filter(({ reason, index }) => reason === 'UNCONFIRMED' && index >> COUNT_BITS === generation)
        .reduce((highest, { index }) => ((index & COUNT_MASK) > highest ? index & COUNT_MASK : highest), 0n);
    },
  };
}

/** Credits past a number, ascending, and the one past which the next look begins: 0 after the last page. */
async function readPages(
  hints: ParkedHints,
  { source, after }: { readonly source: number; readonly after: bigint },
  signal?: AbortSignal,
): Promise<{ readonly parked: readonly ParkedCredit[]; readonly next: bigint }> {
  const parked: ParkedCredit[] = [];
  for (let page = 0; page < PARKED_PAGES_MAX; page++) {
    const found = await hints.readParked(source, parked.at(-1)?.index ?? after, signal);
    parked.push(...found);
    if (found.length < PARKED_PAGE) return { parked, next: 0n };
  }
  return { parked, next: parked.at(-1)?.index ?? 0n };
}
