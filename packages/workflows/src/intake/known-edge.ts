import type { Bytes32, Edge, EdgeDirection, StatementDomain } from '@surety/domain';

/** An edge of this deployment: its name, its two ends, and the verifier of its statements. */
export interface KnownEdge {
  readonly edgeId: Bytes32;
  readonly edge: Edge;
  readonly direction: EdgeDirection;
  /** The ledger's index of the vault at one end. */
  readonly source: number;
  /** The attester set of the destination chain; the local verifier of a vault beside the ledger, which knows no signature. */
  readonly domain: StatementDomain;
}

/**
 * True if journal and replica share a chain, as at source 0: the replica reads the journal itself, so nothing that
 * anybody signs or posts counts, and a final entry may be applied by anyone. @source PROTOCOL section 4.2
 */
export function isLocalEdge({ edge }: Pick<KnownEdge, 'edge'>): boolean {
  return edge.originChainId === edge.destinationChainId;
}
