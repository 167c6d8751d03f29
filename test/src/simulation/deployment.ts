import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Edge,
  type EdgeDirection,
  type StatementDomain,
  blockHeight,
  bytes32,
  edgeBetween,
  edgeId,
  quorumOf,
} from '@surety/domain';
import type { AttesterEpoch, JournalSpec, KnownEdge } from '@surety/workflows';
import type { SourceModel } from './ledger-state.js';
import { addressOf } from './signature-model.js';
import type { SwarmOptions } from './swarm.js';
import type { ModelEpoch } from './verifier-model.js';

/** The settlement chain's id; collateral chains count on from there. */
export const SETTLEMENT_ID = 1_000;

/** One edge with everything that its loops are configured with. */
export interface DeployedEdge {
  readonly source: number;
  readonly direction: EdgeDirection;
  readonly edge: Edge;
  readonly edgeId: Bytes32;
  readonly originId: number;
  readonly destinationId: number;
  readonly domain: StatementDomain;
  readonly journal: JournalSpec;
  readonly known: KnownEdge;
}

/** Who the contracts and attesters of a world are. */
export interface Deployment {
  readonly sources: readonly SourceModel[];
  readonly edges: readonly DeployedEdge[];
  readonly attesters: readonly Address[];
  readonly epochs: readonly ModelEpoch[];
  /** The same as the loops read them. */
  readonly attesterEpochs: readonly AttesterEpoch[];
  readonly domainAt: (chainId: number) => StatementDomain;
}

/** Names everything of a world: contracts, edges in both directions, attester sets. */
export function deploy(swarm: SwarmOptions): Deployment {
  const ledger = addressOf('ledger', 0);
  const domainAt = (chainId: number): StatementDomain => ({
    chainId: BigInt(chainId),
    verifyingContract: addressOf('attester set', chainId),
  });
  const edges: DeployedEdge[] = [];
  const sources = swarm.chains.map((_, at): SourceModel => {
    const source = at + 1;
    const chainId = SETTLEMENT_ID + source;
    const vault = addressOf('vault', source);
    const ends = { settlementChainId: BigInt(SETTLEMENT_ID), ledger, vaultChainId: BigInt(chainId), vault };
    for (const direction of ['to-ledger', 'to-vault'] as const) {
      const edge = edgeBetween(ends, direction);
      const [originId, destinationId] = direction === 'to-ledger' ? [chainId, SETTLEMENT_ID] : [SETTLEMENT_ID, chainId];
      const name = edgeId(edge, keccak256);
      const domain = domainAt(destinationId);
      const codeHash = bytes32(`0x${'33'.repeat(32)}`);
      const journal = { edge, edgeId: name, direction, contract: edge.journal, codeHash, fromBlock: blockHeight(1n) };
      const known = { edgeId: name, edge, direction, source, domain };
      edges.push({ source, direction, edge, edgeId: name, originId, destinationId, domain, journal, known });
    }
    const [inbound, outbound] = edges.slice(-2).map((one) => one.edgeId) as [Bytes32, Bytes32];
    const [inboundEdge, outboundEdge] = edges.slice(-2).map((one) => one.edge) as [Edge, Edge];
    return { source, chainId, vault, inbound, outbound, inboundEdge, outboundEdge };
  });
  const attesters = Array.from({ length: swarm.attesters }, (_, at) => addressOf('attester', at));
  const epochs = epochsOf(swarm, attesters);
  const attesterEpochs = epochs.map(({ epoch, members, quorum, activeFromS, expiresS }) => ({
    epoch,
    members,
    quorum,
    activeFrom: BigInt(activeFromS),
    expires: BigInt(expiresS),
    suspended: [],
  }));
  return { sources, edges, attesters, epochs, attesterEpochs, domainAt };
}

/** One attester set, or two: the second has one member fewer or none fewer, and is known from the start. */
function epochsOf(swarm: SwarmOptions, attesters: readonly Address[]): ModelEpoch[] {
  const members = [...attesters].sort();
  const quorum = quorumOf(members.length);
  const never = 2 ** 40;
  if (swarm.rotationAfterS === undefined) return [{ epoch: 1, members, quorum, activeFromS: 0, expiresS: never }];
  const activeFromS = swarm.startS + swarm.rotationAfterS;
  return [
    { epoch: 1, members, quorum, activeFromS: 0, expiresS: activeFromS + swarm.overlapS },
    { epoch: 2, members, quorum, activeFromS, expiresS: never },
  ];
}
