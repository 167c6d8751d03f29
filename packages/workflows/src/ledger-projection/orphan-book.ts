import { type Bytes32, type Keccak256, bytesToHex } from '@surety/domain';
import { ChangingRows } from '../following/changing-rows.js';
import { foldError } from '../following/fold-errors.js';
import type { OrphanRow } from './collateral-rows.js';
import type { OrphanFact, TakenBackFact } from './ledger-fact.js';

/** Identifies identical entries of one source. */
export type OrphanKey = Pick<OrphanRow, 'source' | 'entryHash'>;

/** Entries with orphans left or units spent, as in LedgerOrphans.sol. */
export class OrphanBook extends ChangingRows<string, OrphanRow> {
  readonly #keccak256: Keccak256;

  constructor(keccak256: Keccak256) {
    super(keyOf);
    this.#keccak256 = keccak256;
  }

  /** True if a row is in memory and need not be loaded. */
  has(key: OrphanKey): boolean {
    return this.byKey.has(keyOf(key));
  }

  /**
   * Records what happened to one entry, `packed`.
   * @throws ENTRIES_MISSING without the entry; FACT_GAP if there is no such orphan.
   */
  note(fact: OrphanFact, packed: Uint8Array | undefined): void {
    const row = this.#rowOf(fact, packed);
    const { units } = fact;
    switch (fact.kind) {
      case 'orphaned':
        return this.put({ ...row, count: row.count + 1 });
      case 'came-again':
        return this.put({ ...row, count: requireLeft(row, fact).count - 1 });
      case 'found':
        return this.put({ ...row, spent: requireSpent(row, fact).spent - units });
      case 'missing-again':
        return this.put({ ...row, spent: row.spent + units });
    }
  }

  /** Records that an orphan was taken back. @throws FACT_GAP if there is none. */
  takeBack(fact: TakenBackFact): void {
    const row = requireLeft(this.byKey.get(keyOf(fact)), fact);
    this.put({ ...row, count: row.count - 1, spent: row.spent + fact.missing });
  }

  #rowOf({ source, seq, entryHash, vaultAsset }: OrphanFact, packed: Uint8Array | undefined): OrphanRow {
    const held = this.byKey.get(keyOf({ source, entryHash }));
    if (held !== undefined) return held;
    if (packed === undefined || bytesToHex(this.#keccak256(packed)) !== entryHash) {
      throw foldError(
        'ENTRIES_MISSING',
        `entry ${seq} of source ${source} is not held, or is none of hash ${entryHash}; the batch that brought it is read again`,
      );
    }
    return { source, entryHash, vaultAsset, packed: packed.slice(), count: 0, spent: 0n };
  }
}

/** Returns a row with an orphan left. @throws FACT_GAP. */
function requireLeft(row: OrphanRow | undefined, fact: OrphanFact | TakenBackFact): OrphanRow {
  if (row !== undefined && row.count > 0) return row;
  throw foldError(
    'FACT_GAP',
    `entry ${fact.entryHash} of source ${fact.source} is ${fact.kind}, and no orphan of it is left; read the missing logs`,
  );
}

function requireSpent(row: OrphanRow, { source, entryHash, units }: OrphanFact): OrphanRow {
  if (row.spent >= units) return row;
  throw foldError(
    'FACT_GAP',
    `${units} units of entry ${entryHash} of source ${source} are found, of ${row.spent} that were spent; read the missing logs`,
  );
}

function keyOf({ source, entryHash }: { readonly source: number; readonly entryHash: Bytes32 }): string {
  return `${source}:${entryHash}`;
}
