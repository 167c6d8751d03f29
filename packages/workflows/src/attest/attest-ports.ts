import type { Bytes32, Keccak256, StatementDomain } from '@surety/domain';
import type { AttestationLog } from '../ports/attestation-log.js';
import type { Attester } from '../ports/attester.js';
import type { EpochSchedule, ReplicaView } from '../ports/epochs.js';
import type { Observer } from '../ports/observer.js';
import type { JournalSpec, OriginChain } from '../ports/origin-chain.js';
import type { SigningPermit } from './signing-permit.js';

/** What attesting one journal needs. */
export interface AttestPorts {
  readonly chain: OriginChain;
  readonly journal: JournalSpec;
  readonly frameLength: bigint;
  /** The destination's verifier. */
  readonly domain: StatementDomain;
  readonly epochs: EpochSchedule;
  /** Reads where the replica stands at the destination's newest final block. */
  readonly readReplica: (signal: AbortSignal) => Promise<ReplicaView>;
  /**
   * Resolves once those who must have been asked what they hold of this key under a name, and refuses the permit if they show what its
   * history lacks. Asked before the first signature under each name.
   */
  readonly confirmHistory: (name: Bytes32) => Promise<void>;
  readonly attester: Attester;
  readonly permit: SigningPermit;
  readonly log: AttestationLog;
  readonly observer: Observer;
  readonly keccak256: Keccak256;
}
