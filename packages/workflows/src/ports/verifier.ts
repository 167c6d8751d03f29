import type { AttesterEpoch } from './epochs.js';

/** The attester sets at an edge's end, for relayers. Implemented by `@surety/transactions`. */
export interface Verifier {
  /**
   * Reads an epoch's suspended members and its quorum at the newest block; undefined if none is suspended, or the
   * verifier does not know the epoch.
   * @throws RPC_UNAVAILABLE (retryable), NO_VERIFIER.
   */
  readSuspended(epoch: number, signal?: AbortSignal): Promise<Pick<AttesterEpoch, 'quorum' | 'suspended'> | undefined>;
}
