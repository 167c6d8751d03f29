import { splitAtOpenings } from './replica-rewind.js';

/** A transaction of either chain, with its facts in order. */
interface Transaction<Fact> {
  readonly facts: readonly Fact[];
}

/** A transaction, or a part of one, that is applied atomically. */
export interface TransactionPart<Fact extends { readonly kind: string }, Whole extends Transaction<Fact>> {
  readonly transaction: Whole;
  /** The batches up to the next opening of a replica, if this is the first part after one. */
  readonly batches?: readonly Extract<Fact, { readonly kind: 'applied' }>[];
}

/**
 * Splits transactions after each opening of a replica. Later batches may contain different entries under the same
 * indices, so their entries are looked up only then.
 */
export function splitTransactions<Fact extends { readonly kind: string }, Whole extends Transaction<Fact>>(
  transactions: readonly (Whole & Transaction<Fact>)[],
): readonly TransactionPart<Fact, Whole>[] {
  const parts: TransactionPart<Fact, Whole>[] = [];
  let batches: Extract<Fact, { readonly kind: 'applied' }>[] | undefined;
  for (const transaction of transactions) {
    for (const facts of splitAtOpenings(transaction.facts)) {
      const begun = batches;
      batches ??= [];
      for (const fact of facts) if (isBatch(fact)) batches.push(fact);
      const part = { transaction: { ...transaction, facts } };
      parts.push(begun === undefined ? { ...part, batches } : part);
      if (facts.at(-1)?.kind === 'edge-opened') batches = undefined;
    }
  }
  return parts;
}

function isBatch<Fact extends { readonly kind: string }>(
  fact: Fact,
): fact is Extract<Fact, { readonly kind: 'applied' }> {
  return fact.kind === 'applied';
}
