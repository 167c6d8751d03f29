import type { Address, Bytes32, Halt, Hex, StatementDomain } from '@surety/domain';
import type { AttesterEpoch } from './epochs.js';
import type { LandOutcome } from './transactions.js';

/** A halt with one member's signature, as served by its watcher. */
export interface SignedHalt {
  readonly halt: Halt;
  /** The verifier it is signed for. */
  readonly domain: StatementDomain;
  readonly signer: Address;
  /** 65 bytes r ‖ s ‖ v. */
  readonly signature: Hex;
  /** The watcher's reason; not signed. */
  readonly reason: string;
}

/** Source of signed halts: a watcher. Untrusted: signers are recovered. */
export interface HaltSource {
  /** Safe to print. */
  readonly origin: string;
  readHalts(signal?: AbortSignal): Promise<readonly SignedHalt[]>;
}

/** An edge's halt state at a verifier, and the current attester set. */
export interface HaltPosition {
  readonly isHalted: boolean;
  readonly nonce: bigint;
  readonly epoch: Pick<AttesterEpoch, 'epoch' | 'members' | 'suspended'>;
}

/** The verifier at an edge's end, for relaying halts. Implemented by `@surety/transactions`. */
export interface HaltVerifier {
  /** Reads an edge's state at the newest block. @throws RPC_UNAVAILABLE (retryable), NO_VERIFIER. */
  readPosition(edge: Bytes32, signal?: AbortSignal): Promise<HaltPosition>;
  /** Halts an edge; signatures ascend by signer. @throws as `TransactionSender.land`. */
  halt(request: { readonly halt: Halt; readonly signatures: Hex }, signal?: AbortSignal): Promise<LandOutcome>;
  /** Stops preferring the current provider. */
  distrustProvider(): void;
}
