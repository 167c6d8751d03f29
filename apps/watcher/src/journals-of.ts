import { type WatcherConfig, vaultEdges } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { type EdgeDirection, type StatementDomain, address, blockHeight, bytes32, edgeId } from '@surety/domain';
import type { JournalSpec } from '@surety/workflows';

/** A journal to attest, and the destination of its statements. */
export interface AttestedJournal {
  readonly journal: JournalSpec;
  /** The attester set on the destination's chain. */
  readonly domain: StatementDomain;
}

/**
 * Returns both journals of each chosen vault except the settlement chain's own: the vault's towards the ledger, and the
 * ledger's towards the vault.
 */
export function journalsOf(config: WatcherConfig): readonly AttestedJournal[] {
  const { network, chainIds, settlement } = config;
  return network.chains.flatMap(({ chainId: id, vault }) => {
    if (vault === undefined || vault.source === 0 || !chainIds.includes(id)) return [];
    const edges = vaultEdges(settlement, { chainId: id, vault });
    const { ends } = edges;
    const specOf = (direction: EdgeDirection, contract: { codeHash: string; fromBlock: string }): JournalSpec => {
      const edge = edges.of(direction);
      return {
        edge,
        edgeId: edgeId(edge, keccak256),
        direction,
        contract: edge.journal,
        codeHash: bytes32(contract.codeHash),
        fromBlock: blockHeight(BigInt(contract.fromBlock)),
      };
    };
    const ledger = { codeHash: settlement.ledgerCodeHash, fromBlock: settlement.fromBlock };
    return [
      {
        journal: specOf('to-ledger', vault),
        domain: { chainId: ends.settlementChainId, verifyingContract: address(settlement.attesterSet) },
      },
      {
        journal: specOf('to-vault', ledger),
        domain: { chainId: ends.vaultChainId, verifyingContract: address(vault.attesterSet) },
      },
    ];
  });
}
