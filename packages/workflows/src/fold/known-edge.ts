import type { Bytes32, Edge, StatementDomain } from '@surety/domain';

/** An edge that this deployment has: its name, its two ends and where its statements are judged. */
export interface KnownEdge {
  readonly edgeId: Bytes32;
  readonly edge: Edge;
  /** The ledger's index of (collateral chain, vault). */
  readonly source: number;
  /** The attester set of the destination chain. */
  readonly domain: StatementDomain;
}
