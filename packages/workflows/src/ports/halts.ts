import type { Address, Bytes32, Halt, Hex, StatementDomain } from '@surety/domain';
import type { AttesterEpoch } from './epochs.js';
import type { LandOutcome } from './transactions.js';

/** A halt with one member's signature, as its watcher serves it. */
export interface SignedHalt {
  readonly halt: Halt;
  /** The verifier that it is for. */
  readonly domain: StatementDomain;
  readonly signer: Address;
  /** 65 bytes r ‖ s ‖ v. */
  readonly signature: Hex;
  /** What the watcher saw; unsigned. */
  readonly reason: string;
}

/** Source of signed halts: a watcher. Untrusted: signers are recovered. */
export interface HaltSource {
  /** Safe to print. */
  readonly origin: string;
  readHalts(signal?: AbortSignal): Promise<readonly SignedHalt[]>;
}

/** An edge's state at a verifier, and the set whose signatures count now. */
export interface HaltPosition {
  readonly isHalted: boolean;
  readonly nonce: bigint;
  readonly epoch: Pick<AttesterEpoch, 'epoch' | 'members' | 'suspended'>;
}

/** The verifier at an edge's end, as a relayer halts edges there. Implemented by `@surety/transactions`. */
export interface HaltVerifier {
  /** Reads an edge's state at the newest block. @throws RPC_UNAVAILABLE (retryable), NO_VERIFIER. */
  readPosition(edge: Bytes32, signal?: AbortSignal): Promise<HaltPosition>;
  /** Halts an edge; signatures ascend by signer. @throws as `TransactionSender.land`. */
  halt(request: { readonly halt: Halt; readonly signatures: Hex }, signal?: AbortSignal): Promise<LandOutcome>;
  /** Stops preferring the provider that is read first. */
  distrustProvider(): void;
}
