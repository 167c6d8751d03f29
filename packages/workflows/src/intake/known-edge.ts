import type { Bytes32, Edge, EdgeDirection, StatementDomain } from '@surety/domain';

/** An edge of this deployment: its name, its two ends, and the verifier of its statements. */
export interface KnownEdge {
  readonly edgeId: Bytes32;
  readonly edge: Edge;
  readonly direction: EdgeDirection;
  /** The ledger's index of the vault at one end. */
  readonly source: number;
  /** The attester set of the destination chain. */
  readonly domain: StatementDomain;
}
