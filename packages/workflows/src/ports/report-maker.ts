import type { Address, Bytes32, Hex, MarginReport } from '@surety/domain';

/** The account, protocol and block of a report to make. */
export interface ReportOrder {
  readonly protocol: Address;
  readonly account: Bytes32;
  readonly blockNumber: bigint;
}

/** A report that this watcher made, compared with the chain, and signed. */
export interface MadeReport {
  readonly report: MarginReport;
  /** The verifier in whose domain it is signed. */
  readonly verifier: Address;
  readonly signer: Address;
  /** 65 bytes. */
  readonly signature: Hex;
  /** The inputs as written, from which anyone can recompute the report. */
  readonly inputs: unknown;
}

/** Makes reports. Implemented by the watcher over its own providers and its own markets file. */
export interface ReportMaker {
  /** Returns the last final block and its time in seconds, by the provider quorum. @throws NO_QUORUM, HALTED. */
  readFinal(signal: AbortSignal): Promise<{ readonly height: bigint; readonly timestamp: bigint }>;
  /** Returns accounts that may have a position at a protocol, up to a block; an extra one only costs a read. */
  readAccounts(protocol: Address, upTo: bigint, signal: AbortSignal): Promise<readonly Bytes32[]>;
  /**
   * Builds inputs at a final block, compares them with the chain at every provider, and signs; undefined for an account
   * without a position. @throws any error that forbids a signature.
   */
  makeReport(order: ReportOrder, signal: AbortSignal): Promise<MadeReport | undefined>;
}
