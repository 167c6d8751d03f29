import type { Bytes32, Keccak256, StatementDomain } from '@surety/domain';
import type { AttestationLog } from '../ports/attestation-log.js';
import type { Attester } from '../ports/attester.js';
import type { EpochSchedule, ReplicaView } from '../ports/epochs.js';
import type { Observer } from '../ports/observer.js';
import type { JournalSpec, OriginChain } from '../ports/origin-chain.js';
import type { SigningPermit } from './signing-permit.js';

/** Ports of one attest step. */
export interface AttestPorts {
  readonly chain: OriginChain;
  readonly journal: JournalSpec;
  readonly frameLength: bigint;
  /** The destination's verifier. */
  readonly domain: StatementDomain;
  readonly epochs: EpochSchedule;
  /** Reads the replica's position at the destination's newest final block. */
  readonly readReplica: (signal: AbortSignal) => Promise<ReplicaView>;
  /**
   * Resolves once every required source was asked for this key's statements under a name; refuses the permit if an
   * answer contains one that the history lacks. Runs before the first signature under each name.
   */
  readonly confirmHistory: (name: Bytes32) => Promise<void>;
  readonly attester: Attester;
  readonly permit: SigningPermit;
  readonly log: AttestationLog;
  readonly observer: Observer;
  readonly keccak256: Keccak256;
}
