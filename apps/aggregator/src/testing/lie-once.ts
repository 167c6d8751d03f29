/** A reader whose logs a test changes. */
interface ToldBy<Fact> {
  readFacts(range: {
    from: bigint;
    to: bigint;
    termsToo: boolean;
    refuse: (told: readonly { readonly facts: readonly Fact[] }[]) => string | undefined;
  }): Promise<{ readonly transactions: readonly { readonly facts: readonly Fact[] }[] }>;
}

/** The next reads are answered by a liar unless its facts are refused, all later ones by honest providers. */
export function lieOnce<Fact>(
  reader: unknown,
  lie: (fact: Fact) => readonly Fact[],
  reads = 1,
): { readonly refusals: string[] } {
  const told = reader as ToldBy<Fact>;
  const honestly = told.readFacts.bind(told);
  const refusals: string[] = [];
  let left = reads;
  told.readFacts = async (range) => {
    left -= 1;
    if (left === 0) told.readFacts = honestly;
    const read = await honestly({ ...range, refuse: () => undefined });
    const transactions = read.transactions.map((one) => ({ ...one, facts: one.facts.flatMap(lie) }));
    const reason = range.refuse(transactions);
    if (reason === undefined) return { ...read, transactions };
    refusals.push(reason);
    return honestly(range);
  };
  return { refusals };
}
