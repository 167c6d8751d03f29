import type { AttesterEpoch } from './epochs.js';

/** The attester sets at an edge's end, as a relayer asks for them. Implemented by `@surety/transactions`. */
export interface Verifier {
  /**
   * Reads which members of an epoch are suspended at the newest block, and how many signatures it asks for; nothing if none
   * is, or for an epoch that the verifier does not know. @throws RPC_UNAVAILABLE (retryable), NO_VERIFIER.
   */
  readSuspended(epoch: number, signal?: AbortSignal): Promise<Pick<AttesterEpoch, 'quorum' | 'suspended'> | undefined>;
}
