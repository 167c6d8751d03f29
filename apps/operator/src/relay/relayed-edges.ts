import { type Network, vaultEdges } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { type EdgeDirection, type StatementDomain, address, blockHeight, bytes32, edgeId } from '@surety/domain';
import type { FinalBlock, JournalSpec, WholeJournal } from '@surety/workflows';
import { operatorError } from '../errors.js';

type Chain = Network['chains'][number];

export interface RelayedEdge {
  readonly direction: EdgeDirection;
  readonly source: number;
  readonly journal: JournalSpec;
  /** The attester set that judges its statements. */
  readonly domain: StatementDomain;
  readonly origin: Chain;
  readonly destination: Chain;
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
  const { home, edges: all } = edgesOf(network);
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
  const edges = all.filter(({ source }) => source !== 0);
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

/** An edge that brings releases to a vault; nobody relays the one to the vault beside the ledger. */
export type PaymentEdge = Omit<RelayedEdge, 'domain'>;

/** Returns the edges to every vault, also to the one beside the ledger, which pays like the others. @throws BAD_USE. */
export function paymentEdges(network: Network): readonly PaymentEdge[] {
  return edgesOf(network).edges.filter(({ direction }) => direction === 'to-vault');
}

/** Returns the command that carries releases to the vault of an edge and pays what is due there. */
export function payCommandOf({ source }: Pick<PaymentEdge, 'source'>): 'surety deliver' | 'surety relay' {
  return source === 0 ? 'surety deliver' : 'surety relay';
}

/** Both edges of every configured vault. */
function edgesOf({ settlement, chains }: Network): { readonly home: Chain; readonly edges: readonly RelayedEdge[] } {
  const home = chains.find((chain) => chain.chainId === settlement?.chainId);
  if (settlement === undefined || home === undefined) {
    throw operatorError('BAD_USE', 'the configuration names no settlement chain; nothing can be relayed');
  }
  const edges = chains.flatMap((chain) => {
    const { vault } = chain;
    if (vault === undefined) return [];
    const named = vaultEdges(settlement, { chainId: chain.chainId, vault });
    return (['to-ledger', 'to-vault'] as const).map((direction): RelayedEdge => {
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
  return { home, edges };
}

/** Returns the arguments for reading an edge's whole journal at a final block. */
export function wayOf({ journal, origin }: Pick<RelayedEdge, 'journal' | 'origin'>, block: FinalBlock): WholeJournal {
  return { journal, block, stride: BigInt(origin.frameLength) };
}
