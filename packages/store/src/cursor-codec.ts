import type { FoldCursor } from '@surety/workflows';
import type { CursorRow } from './fold-rows.js';

export function cursorRow({ chainId, height, hash, timestamp, changed }: FoldCursor, edge = ''): CursorRow {
  return { chainId, edge, height, hash, timestamp, changedHeight: changed.height, changedHash: changed.hash };
}

export function foldCursor(row: CursorRow): FoldCursor {
  const { chainId, height, hash, timestamp, changedHeight, changedHash } = row;
  return { chainId, height, hash, timestamp, changed: { height: changedHeight, hash: changedHash } };
}
