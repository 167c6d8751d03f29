import type { Bytes32 } from '@surety/domain';
import { BATCH_ENTRIES_MAX, ENTRY_GAS } from './limits.js';

/** The memory of a loop; losing it costs at most one refused simulation. */
export interface RelayMemory {
  passes: number;
  failures: number;
  /** Consecutive passes that read another edge. */
  mismatches: number;
  entriesMax: bigint;
  /** True if the last batch was too large with marks, so that the next one has none. */
  isUnmarked: boolean;
  /** Planned gas of one entry. */
  entryGas: bigint;
  /** The last landed batch with the name in its statement: a later rewind lowers the replica's count. */
  landed: { readonly name: Bytes32; readonly count: bigint; readonly atMs: number } | null;
  /**
   * Epochs that the destination refuses, and until when that is believed. Statements under them are useless; restated
   * ones are not.
   */
  readonly expiredEpochs: Map<number, number>;
  /** Code of the last reported problem, so that a persistent one is reported once. */
  told: string | null;
  count: bigint | null;
  attestedCount: bigint | null;
}

/** Returns the memory of a new loop. */
export function freshRelayMemory(): RelayMemory {
  return {
    passes: 0,
    failures: 0,
    mismatches: 0,
    entriesMax: BATCH_ENTRIES_MAX,
    isUnmarked: false,
    entryGas: ENTRY_GAS,
    landed: null,
    expiredEpochs: new Map(),
    told: null,
    count: null,
    attestedCount: null,
  };
}
