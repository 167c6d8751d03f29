/** Seconds and blocks that a provider's head may be behind; the larger of both counts. */
const BEHIND_MAX = { seconds: 30, blocks: 3 } as const;

/** The head of a chain as one provider shows it. */
export interface ShownHead {
  readonly provider: string;
  readonly head: bigint;
}

/**
 * Finds providers whose head is far behind, with a sentence for each: they answer, and what they answer is old. The second highest head
 * counts, so that one invented far ahead makes no other one late; of two providers the higher.
 */
export function findLagging(heads: readonly ShownHead[], blockTimeMs: number): ReadonlyMap<string, string> {
  const descending = heads.map(({ head }) => head).toSorted((left, right) => (left < right ? 1 : -1));
  const newest = descending[Math.min(1, Math.max(0, heads.length - 2))];
  const most = BigInt(Math.max(BEHIND_MAX.blocks, Math.ceil((1_000 * BEHIND_MAX.seconds) / blockTimeMs)));
  if (newest === undefined) return new Map();
  return new Map(
    heads.flatMap(({ provider, head }): [string, string][] => {
      const behind = newest - head;
      if (behind <= most) return [];
      const expected = `expected at most ${most}: mend it, or name another one`;
      return [[provider, `its head ${head} is ${behind} blocks behind the others'; ${expected}`]];
    }),
  );
}
