import type { Bytes32 } from '@surety/domain';
import { BATCH_ENTRIES_MAX, ENTRY_GAS } from './limits.js';

/** The memory of a loop; losing it costs at most one refused simulation. */
export interface RelayMemory {
  passes: number;
  failures: number;
  /** Passes in a row that read another edge. */
  mismatches: number;
  entriesMax: bigint;
  /** The last batch was too large with marks: the next one has none. */
  isUnmarked: boolean;
  /** Gas of one entry to plan with. */
  entryGas: bigint;
  /** The last batch, under the name of its statement: a replica rewound since then stands lower. */
  landed: { readonly name: Bytes32; readonly count: bigint; readonly atMs: number } | null;
  /** Epochs that the destination refuses, and until when that is believed: statements under them reach nothing, restated ones do. */
  readonly expiredEpochs: Map<number, number>;
  /** Code of the last problem, so that a persistent one is reported once. */
  told: string | null;
  count: bigint | null;
  attestedCount: bigint | null;
}

/** Returns the memory of a loop that has not run yet. */
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
