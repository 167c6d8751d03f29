import type { Address, Bytes32 } from './units.js';

/**
 * The report that attesters sign about the requirement of one account at one protocol.
 * @source IMarginReports.sol, MarginReport
 */
export interface MarginReport {
  /** The contract that is to take the report. */
  readonly reports: Address;
  readonly protocol: Address;
  readonly account: Bytes32;
  readonly positionNonce: bigint;
  readonly blockNumber: bigint;
  readonly blockHash: Bytes32;
  /** Time of the block in seconds. */
  readonly asOf: bigint;
  readonly inputsHash: Bytes32;
  /** ASCII, from the left. */
  readonly parameterVersion: Bytes32;
  /** WAD, rounded up. */
  readonly initialWad: bigint;
  /** WAD, rounded up, at most `initialWad`. */
  readonly maintenanceWad: bigint;
  /** First second at which it counts no more. */
  readonly expiry: bigint;
  readonly epoch: number;
}
