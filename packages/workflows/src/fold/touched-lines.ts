import type { LineKey } from './collateral-changes.js';
import type { LedgerFact } from './ledger-fact.js';

/** Gives the lines that a fact itself names; those of a batch follow from its entries. */
export function touchedLines(fact: LedgerFact): readonly LineKey[] {
  switch (fact.kind) {
    case 'enabled':
    case 'released':
    case 'unseasoned':
    case 'taken-back':
      return [{ account: fact.account, assetId: fact.assetId }];
    case 'transferred':
      return [fact.from, fact.to].map((account) => ({ account, assetId: fact.assetId }));
    case 'unparked':
      return [fact.account, fact.feeTo].map((account) => ({ account, assetId: fact.assetId }));
    default:
      return [];
  }
}
