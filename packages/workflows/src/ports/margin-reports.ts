import type { Address, Hex, MarginReport } from '@surety/domain';
import type { LandOutcome } from './transactions.js';

/** A report with one signature, of any signer. */
export interface SignedReport {
  readonly report: MarginReport;
  /** The verifier in whose domain it is signed. */
  readonly verifier: Address;
  /** 65 bytes. */
  readonly signature: Hex;
}

/** A watcher's signed reports. Its responses are not trusted: signers are recovered. */
export interface SignedReportSource {
  readReports(signal?: AbortSignal): Promise<readonly SignedReport[]>;
}

/** The newest report about an account as its contract stores it; zeros if there never was one. */
export interface StoredReport {
  readonly initialWad: bigint;
  readonly maintenanceWad: bigint;
  readonly positionNonce: bigint;
  readonly blockNumber: bigint;
  readonly asOf: bigint;
  readonly expiry: bigint;
}

/** The contracts and records that decide whether a report can be posted now. */
export interface ReportPlace {
  /** Time of the newest block in seconds. */
  readonly time: bigint;
  /** The contract from which the protocol takes reports; undefined if it names none. */
  readonly taker: Address | undefined;
  /** The verifier of that contract; undefined if it names none. */
  readonly verifier: Address | undefined;
  /** Number of the account's position at the protocol. */
  readonly positionNonce: bigint;
  /** Oldest number about which a report still counts; the present one where the protocol keeps no trades. */
  readonly countsFrom: bigint;
  readonly stored: StoredReport;
}

/** Members that may sign under an epoch. */
export interface ReportSigners {
  readonly quorum: number;
  /** Members that are not suspended. */
  readonly usable: readonly Address[];
}

/** Reads and posts reports for a relayer. */
export interface ReportDesk {
  /** The verifier for which reports are signed. */
  readonly verifier: Address;
  /** Returns the signer of a signature in the only form that verifiers accept; undefined for any other bytes. */
  recoverSigner(signed: SignedReport): Promise<Address | undefined>;
  /** Returns the members that may sign under an epoch; undefined for an epoch that the verifier does not know. */
  readSigners(epoch: number, signal?: AbortSignal): Promise<ReportSigners | undefined>;
  readPlace(report: MarginReport, signal?: AbortSignal): Promise<ReportPlace>;
  /** Posts a report; `signatures` ascending by signer. */
  submit(report: MarginReport, signatures: Hex, signal?: AbortSignal): Promise<LandOutcome>;
  distrustProvider(): void;
}
