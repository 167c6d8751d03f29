import type { Address, Bytes32, Hex } from '@surety/domain';
import type { ReportWords } from './margin-reports.js';

/** The account, protocol and block of a report to make. */
export interface ReportOrder {
  readonly protocol: Address;
  readonly account: Bytes32;
  readonly blockNumber: bigint;
}

/** A report that this watcher made, compared with the chain, and signed. */
export interface MadeReport {
  readonly report: ReportWords;
  /** The verifier in whose domain it is signed. */
  readonly verifier: Address;
  readonly signer: Address;
  /** 65 bytes. */
  readonly signature: Hex;
  /** The inputs as they were written, from which anyone computes it again. */
  readonly inputs: unknown;
}

/** Makes reports. Implemented by the watcher over its own providers and its own markets file. */
export interface ReportMaker {
  /** The last final block and its time in seconds, as the provider quorum says. @throws NO_QUORUM, HALTED. */
  readFinal(signal: AbortSignal): Promise<{ readonly height: bigint; readonly timestamp: bigint }>;
  /** Returns accounts that may have a position at a protocol, up to a block: one too many costs a look. */
  readAccounts(protocol: Address, upTo: bigint, signal: AbortSignal): Promise<readonly Bytes32[]>;
  /**
   * Builds inputs at a final block, compares them with the chain at every provider, and signs; undefined for an account
   * without a position. @throws with whatever forbids a signature.
   */
  makeReport(order: ReportOrder, signal: AbortSignal): Promise<MadeReport | undefined>;
}
