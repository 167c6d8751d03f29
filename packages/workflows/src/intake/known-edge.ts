import type { Bytes32, Edge, EdgeDirection, StatementDomain } from '@surety/domain';

/** An edge that this deployment has: its name, its two ends and where its statements are judged. */
export interface KnownEdge {
  readonly edgeId: Bytes32;
  readonly edge: Edge;
  readonly direction: EdgeDirection;
  /** The ledger's index of the vault at one end of the edge. */
  readonly source: number;
  /** The attester set of the destination chain. */
  readonly domain: StatementDomain;
}
