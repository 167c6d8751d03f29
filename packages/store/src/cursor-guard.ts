import type { FoldCursor } from '@surety/workflows';
import type { EntityManager } from 'typeorm';
import { cursorRow, foldCursor } from './cursor-codec.js';
import { replaceRows } from './database-writer.js';
import { storeError } from './errors.js';
import { CursorRow } from './fold-rows.js';

/** Where a fold stands: nowhere yet, or at a block. */
type Place = string;

const NOWHERE: Place = 'no block';

/**
 * Remembers where each fold stood when this process read it first, and where its own steps led. A step that finds the
 * stored cursor elsewhere would add what another process has added: it is refused, also where both hold the database.
 */
export class CursorGuard {
  readonly #places = new Map<string, ReadonlySet<Place>>();

  /** Remembers a cursor that was read; a later read changes nothing, since this process alone moves it. */
  noteRead(key: CursorKey, cursor: FoldCursor | undefined): void {
    const name = nameOf(key);
    if (!this.#places.has(name)) this.#places.set(name, new Set([placeOf(cursor)]));
  }

  /** Remembers a cursor once its step is committed. */
  noteSaved(cursor: FoldCursor, edge = ''): void {
    this.#places.set(nameOf({ chainId: cursor.chainId, edge }), new Set([placeOf(cursor)]));
  }

  /** Moves the stored cursor within the transaction of its step. @throws DATABASE_IN_USE if another moved it. */
  async move(manager: EntityManager, cursor: FoldCursor, edge = ''): Promise<void> {
    const key = { chainId: cursor.chainId, edge };
    const known = this.#places.get(nameOf(key)) ?? new Set<Place>();
    // SQLite has one writer at a time, and refuses one whose reads are older than the last write.
    const isShared = manager.dataSource.options.type === 'postgres';
    const lock = isShared ? { lock: { mode: 'pessimistic_write' as const } } : {};
    const row = await manager.findOne(CursorRow, { where: key, ...lock });
    const stored = placeOf(row === null ? undefined : foldCursor(row));
    if (known.size > 0 && !known.has(stored)) {
      throw storeError(
        'DATABASE_IN_USE',
        `another process folded chain ${cursor.chainId} to ${stored}; expected ${[...known].join(' or ')}, where this one left it; stop the other, then start this one again`,
      );
    }
    await replaceRows(manager, CursorRow, [cursorRow(cursor, edge)]);
    // Whether a transaction was committed stays open if the connection ends meanwhile.
    if (known.size > 0) this.#places.set(nameOf(key), new Set([...known, placeOf(cursor)]));
  }
}

interface CursorKey {
  readonly chainId: number;
  readonly edge: string;
}

function nameOf({ chainId, edge }: CursorKey): string {
  return `${chainId}:${edge}`;
}

function placeOf(cursor: FoldCursor | undefined): Place {
  return cursor === undefined ? NOWHERE : `block ${cursor.height} (${cursor.hash})`;
}
