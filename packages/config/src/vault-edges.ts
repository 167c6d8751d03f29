import { type Edge, type EdgeDirection, type EdgeEnds, address, chainId, edgeBetween } from '@surety/domain';
import type { Network } from './parse-network.js';

/**
 * The two edges between the ledger and a vault, by first name. The present name is read from the chain of the edge's
 * reader.
 */
export interface VaultEdges {
  readonly ends: EdgeEnds;
  of(direction: EdgeDirection): Edge;
}

/** Returns the edges between the ledger and a configured vault. */
export function vaultEdges(
  settlement: { readonly chainId: number; readonly ledger: string },
  chain: { readonly chainId: number; readonly vault: NonNullable<Network['chains'][number]['vault']> },
): VaultEdges {
  const ends = {
    settlementChainId: chainId(settlement.chainId),
    ledger: address(settlement.ledger),
    vaultChainId: chainId(chain.chainId),
    vault: address(chain.vault.address),
  };
  return { ends, of: (direction) => edgeBetween(ends, direction) };
}
