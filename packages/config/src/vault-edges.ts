import {
  type Edge,
  type EdgeDirection,
  type EdgeEnds,
  address,
  bytes32,
  chainId,
  generationsBetween,
} from '@surety/domain';
import type { Network } from './parse-network.js';

/** What of a chain names the edges of its vault. */
export interface VaultEdges {
  readonly ends: EdgeEnds;
  /** Gives all generations of one of its edges, the one of now last. */
  of(direction: EdgeDirection): readonly Edge[];
  /** Gives the generation of now. */
  now(direction: EdgeDirection): Edge;
}

/** Gives the edges between the ledger and a configured vault, in every generation that the configuration knows. */
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
  const { toLedger = [], toVault = [] } = chain.vault.closedHeads ?? {};
  const of = (direction: EdgeDirection): readonly Edge[] => {
    const heads = direction === 'to-ledger' ? toLedger : toVault;
    return generationsBetween(
      ends,
      direction,
      heads.map((head) => bytes32(head)),
    );
  };
  return { ends, of, now: (direction) => of(direction).at(-1) as Edge };
}
