import type { Bytes32 } from '@surety/domain';
import type { EdgeBook } from './edge-book.js';
import { isLocalEdge } from './known-edge.js';
import { type ReleaseStage, stageName } from './stage-name.js';
import type { EntryStage } from './intake-store.js';

/** Number of entries of an edge that have reached a stage. */
export interface StageCount {
  readonly edge: Bytes32;
  readonly stage: EntryStage | ReleaseStage;
  readonly count: bigint;
}

/** Returns the count of each stage of an edge, 0 included. A local edge, which nobody signs, has none that is attested. */
export function stageCountsOf(book: EdgeBook): readonly StageCount[] {
  const { edgeId: edge, direction } = book.known;
  const counts: readonly (readonly [EntryStage, bigint])[] = [
    ['seen', book.seenCount],
    ['final', book.entryCount],
    ...(isLocalEdge(book.known) ? [] : [['attested', book.attestedCount] as const]),
    ['applied', book.appliedCount],
  ];
  return counts.map(([stage, count]) => ({ edge, stage: stageName(stage, direction), count }));
}
