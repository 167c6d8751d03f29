import { type Network, vaultEdges } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { type EdgeDirection, type StatementDomain, address, blockHeight, bytes32, edgeId } from '@surety/domain';
import type { FinalBlock, JournalSpec, WholeJournal } from '@surety/workflows';
import { operatorError } from '../errors.js';

export interface RelayedEdge {
  readonly direction: EdgeDirection;
  readonly source: number;
  readonly journal: JournalSpec;
  /** The attester set that judges its statements. */
  readonly domain: StatementDomain;
  readonly origin: Network['chains'][number];
  readonly destination: Network['chains'][number];
  /** Block of the replica's deployment. */
  readonly replicaFromBlock: bigint;
}

/** The edges that the command line selects. */
export interface EdgeChoice {
  /** Id or name of the vault's chain; all vaults if left out. */
  readonly chain?: string;
  /** Both if left out. */
  readonly direction?: string;
}

/**
 * Returns the selected edges of every vault on a chain of its own, those to the ledger first.
 * @throws BAD_USE naming the available ones.
 */
export function relayedEdges(network: Network, choice: EdgeChoice): readonly RelayedEdge[] {
  const { settlement } = network;
  const home = network.chains.find((chain) => chain.chainId === settlement?.chainId);
  if (settlement === undefined || home === undefined) {
    throw operatorError('BAD_USE', 'the configuration names no settlement chain; nothing can be relayed');
  }
  const directions: readonly EdgeDirection[] = ['to-ledger', 'to-vault'];
  if (choice.direction !== undefined && !directions.includes(choice.direction as EdgeDirection)) {
    throw operatorError('BAD_USE', `--direction ${choice.direction} is none; expected ${directions.join(' or ')}`);
  }
  if (home.vault?.source === 0 && (choice.chain === home.name || choice.chain === String(home.chainId))) {
    throw operatorError(
      'BAD_USE',
      `--chain is "${choice.chain}", whose vault is on the settlement chain itself: nobody attests it; expected surety credit, which carries its locks to the ledger, or surety deliver, which pays its releases`,
    );
  }
  const edges = network.chains.flatMap((chain) => {
    const { vault } = chain;
    if (vault === undefined || vault.source === 0) return [];
    const named = vaultEdges(settlement, { chainId: chain.chainId, vault });
    return directions.map((direction): RelayedEdge => {
      const edge = named.of(direction);
      const toLedger = direction === 'to-ledger';
      const at = toLedger ? vault : { codeHash: settlement.ledgerCodeHash, fromBlock: settlement.fromBlock };
      return {
        direction,
        source: vault.source,
        journal: {
          edge,
          edgeId: edgeId(edge, keccak256),
          direction,
          contract: edge.journal,
          codeHash: bytes32(at.codeHash.toLowerCase()),
          fromBlock: blockHeight(BigInt(at.fromBlock)),
        },
        domain: {
          chainId: toLedger ? named.ends.settlementChainId : named.ends.vaultChainId,
          verifyingContract: address(toLedger ? settlement.attesterSet : vault.attesterSet),
        },
        origin: toLedger ? chain : home,
        destination: toLedger ? home : chain,
        replicaFromBlock: BigInt(toLedger ? settlement.fromBlock : vault.fromBlock),
      };
    });
  });
  const chosen = edges.filter(
    ({ direction, origin, destination }) =>
      (choice.direction === undefined || choice.direction === direction) &&
      (choice.chain === undefined ||
        [origin, destination].some(
          (one) => one !== home && (one.name === choice.chain || String(one.chainId) === choice.chain),
        )),
  );
  if (chosen.length === 0) {
    const ends = edges.flatMap(({ origin, destination }) => [origin, destination]).filter((one) => one !== home);
    const known = [...new Set(ends.map(({ name, chainId }) => `${name} (${chainId})`))].join(', ') || 'none';
    throw operatorError('BAD_USE', `--chain is "${choice.chain}"; expected the chain of a vault: ${known}`);
  }
  return chosen;
}

/** Returns the arguments for reading an edge's whole journal at a final block. */
export function wayOf({ journal, origin }: Pick<RelayedEdge, 'journal' | 'origin'>, block: FinalBlock): WholeJournal {
  return { journal, block, stride: BigInt(origin.frameLength) };
}
