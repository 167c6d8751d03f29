import type { LineKey } from './collateral-changes.js';
import type { LedgerFact } from './ledger-fact.js';

/** Gives the lines that a fact itself names; those of a batch, and of an orphan, follow from their entries. */
export function touchedLines(fact: LedgerFact): readonly LineKey[] {
  switch (fact.kind) {
    case 'enabled':
    case 'released':
    case 'unseasoned':
      return [{ account: fact.account, assetId: fact.assetId }];
    case 'transferred':
      return [fact.from, fact.to].map((account) => ({ account, assetId: fact.assetId }));
    case 'unparked':
      return [fact.account, fact.feeTo].map((account) => ({ account, assetId: fact.assetId }));
    default:
      return [];
  }
}
