import type { WatcherConfig } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { AppError, type Edge, ZERO_WORD, address, blockHeight, bytes32, chainId, edgeId } from '@surety/domain';
import type { JournalSpec } from '@surety/workflows';
import type { ConfiguredChain } from './origin-chain-of.js';

/** Gives the journal of a chain's vault towards the ledger. @throws UNSUPPORTED_GENERATION, NO_VAULT. */
export function journalOf(config: WatcherConfig, chain: ConfiguredChain): JournalSpec {
  const { vault } = chain;
  if (vault === undefined) {
    throw new AppError({
      code: 'NO_VAULT',
      message: `chain ${chain.chainId} has no vault in the configuration; remove it from SURETY_CHAINS`,
    });
  }
  if (vault.generation !== 0) {
    throw new AppError({
      code: 'UNSUPPORTED_GENERATION',
      message: `the vault of chain ${chain.chainId} is of generation ${vault.generation}; expected 0, since the head it continues is not configured`,
    });
  }
  const edge: Edge = {
    originChainId: chainId(chain.chainId),
    journal: address(vault.address),
    destinationChainId: chainId(config.settlement.chainId),
    replica: address(config.settlement.ledger),
    generation: vault.generation,
    previousHead: ZERO_WORD,
  };
  return {
    edge,
    edgeId: edgeId(edge, keccak256),
    direction: 'to-ledger',
    contract: edge.journal,
    codeHash: bytes32(vault.codeHash),
    fromBlock: blockHeight(BigInt(vault.fromBlock)),
  };
}
