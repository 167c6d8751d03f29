import type { EntryView } from '@surety/api';
import type { Explanation } from '@surety/domain';

/** Returns an explanation that names the entries of a transaction which are not explained with it, and says how to ask for one; none if there are none. */
export function explainLeftOut(id: string, entries: readonly EntryView[]): Explanation[] {
  const [first] = entries;
  if (first === undefined) return [];
  const last = entries.at(-1) ?? first;
  const left =
    entries.length === 1
      ? `1 more entry of this transaction is left out, ${first.id}`
      : `${entries.length} more entries of this transaction are left out, from ${first.id} to ${last.id}`;
  const evidence = entries.map((entry) => {
    return { asked: 'the aggregator', said: entry.id, block: null, hash: null, ageS: null };
  });
  return [
    {
      subject: first.direction === 'to-vault' ? 'release' : 'lock',
      id,
      // Nobody looked: an end would be a guess.
      outcome: 'waiting',
      summary: `waiting: ${left}; ask for one by its name`,
      stages: [{ name: 'left out', state: 'ahead', evidence }],
      cause: null,
      next: { who: 'whoever asks', act: 'ask for one entry by its name', run: `surety explain ${first.id}` },
      eta: null,
      countedAt: null,
      until: null,
      countsWad: null,
    },
  ];
}
