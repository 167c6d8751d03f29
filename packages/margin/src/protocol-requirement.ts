import { type Wad, wad } from '@surety/domain';
import { REQUIREMENT_INFINITE } from './account-margin.js';

/** A protocol's unvalidated answer about one account. @source IMarginRequirement */
export interface ProtocolAnswer {
  readonly initialWad: bigint;
  readonly maintenanceWad: bigint;
  readonly positionNonce: bigint;
}

/** One protocol of an account: its answer, none if the call failed, and the larger of what its last gate recorded and what was observed since. */
export interface AskedProtocol {
  readonly answer?: ProtocolAnswer;
  readonly recordedMaintenanceWad: bigint;
}

/** The total requirement of an account's protocols; initial is 2^256 − 1 if one of them fails. */
export interface ProtocolRequirement {
  readonly initial: Wad;
  /** Exit and maintenance alike. */
  readonly maintenance: Wad;
}

const FIGURE_MAX = 2n ** 128n - 1n;
const NONCE_MAX = 2n ** 64n - 1n;

/**
 * Sums the requirements of an account's protocols as the ledger does. A figure beyond 128 bits or a number beyond 64 counts as
 * no answer; initial is at least maintenance; a failing protocol counts with its recorded maintenance.
 * @source Requirements.sol, LedgerMargin.sol
 */
export function protocolRequirementOf(protocols: readonly AskedProtocol[]): ProtocolRequirement {
  let [initial, maintenance, failing] = [0n, 0n, false];
  for (const { answer, recordedMaintenanceWad } of protocols) {
    if (answer === undefined || !isInRange(answer)) {
      failing = true;
      maintenance += recordedMaintenanceWad;
    } else {
      maintenance += answer.maintenanceWad;
      initial += answer.initialWad > answer.maintenanceWad ? answer.initialWad : answer.maintenanceWad;
    }
  }
  return { initial: wad(failing ? REQUIREMENT_INFINITE : initial), maintenance: wad(maintenance) };
}

function isInRange({ initialWad, maintenanceWad, positionNonce }: ProtocolAnswer): boolean {
  return initialWad <= FIGURE_MAX && maintenanceWad <= FIGURE_MAX && positionNonce <= NONCE_MAX;
}
