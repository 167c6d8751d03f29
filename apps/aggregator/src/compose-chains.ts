import {
  type FinalityRule,
  type OriginChainReader,
  createFileHaltStore,
  createHttpTransport,
  createOriginChain,
} from '@surety/chain';
import type { AggregatorConfig } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { type Bytes32, type Edge, ZERO_WORD, address, blockHeight, bytes32, chainId, edgeId } from '@surety/domain';
import type { Clock, KnownEdge, ListedSource, Observer } from '@surety/workflows';
import type { JournalReader } from './follow/chain-entry-source.js';
import { ChainSettlementReader } from './follow/chain-settlement-reader.js';
import { QuorumCaller } from './follow/quorum-caller.js';

type ChainConfig = AggregatorConfig['network']['chains'][number];

/** Gives the edges of the configured vaults; the ledger's own list decides which of them count. */
export function knownEdges({ network, settlement }: AggregatorConfig): KnownEdge[] {
  return network.chains.flatMap(({ chainId: originChainId, vault }) => {
    if (vault === undefined) return [];
    const edge: Edge = {
      originChainId: chainId(originChainId),
      journal: address(vault.address),
      destinationChainId: chainId(settlement.chainId),
      replica: address(settlement.ledger),
      generation: vault.generation,
      previousHead: ZERO_WORD,
    };
    const domain = { chainId: chainId(settlement.chainId), verifyingContract: address(settlement.attesterSet) };
    return [{ edgeId: edgeId(edge, keccak256), edge, direction: 'to-ledger' as const, source: vault.source, domain }];
  });
}

/** Gives what names the edge of a source that the ledger lists; later generations are named by the configuration. */
export function edgeNamer({ settlement }: AggregatorConfig): (source: ListedSource) => KnownEdge | undefined {
  const destination = chainId(settlement.chainId);
  const domain = { chainId: destination, verifyingContract: address(settlement.attesterSet) };
  return ({ source, edge: name, originChainId, vault }) => {
    const parts = { originChainId: chainId(originChainId), journal: vault, destinationChainId: destination };
    const edge: Edge = { ...parts, replica: address(settlement.ledger), generation: 0, previousHead: ZERO_WORD };
    return edgeId(edge, keccak256) === name
      ? { edgeId: name, edge, direction: 'to-ledger', source, domain }
      : undefined;
  };
}

/** Opens a reader for every chain that has a vault, and for the settlement chain. Nothing is asked yet. */
export async function openChains(
  config: AggregatorConfig,
  ports: { readonly clock: Clock; readonly observer: Observer },
): Promise<ReadonlyMap<number, OriginChainReader>> {
  const readers = new Map<number, OriginChainReader>();
  for (const [id, endpoints] of config.endpoints) {
    const chain = config.network.chains.find((one) => one.chainId === id);
    if (chain === undefined) continue;
    const { logRangeMax, callsPerFrameMax, requestTimeoutMs, responseBytesMax } = chain.limits;
    const reader = await createOriginChain({
      chainId: chainId(id),
      development: chain.development,
      providers: endpoints.map(({ name, operator, url }) => ({
        name,
        operator,
        transport: createHttpTransport({ url: url.reveal() }),
      })),
      finality: finalityOf(chain),
      haltStore: createFileHaltStore({
        path: `${config.stateDir}/chain-${id}.json`,
        chainId: chainId(id),
        clock: ports.clock,
      }),
      ...ports,
      keccak256,
      limits: {
        logSpanMax: logRangeMax,
        logSpanInitial: logRangeMax,
        callsPerFrameMax,
        callTimeoutMs: requestTimeoutMs,
        responseBytesMax,
      },
    });
    readers.set(id, reader);
  }
  return readers;
}

/** Gives the reader of the settlement chain. */
export function settlementReader(
  config: AggregatorConfig,
  chains: ReadonlyMap<number, OriginChainReader>,
): ChainSettlementReader {
  const { chainId: id, ledger, ledgerCodeHash, riskManager, attesterSet } = config.settlement;
  const chain = chains.get(id);
  if (chain === undefined) throw new TypeError(`the configuration names no chain ${id}, on which its ledger lies`);
  const transports = (config.endpoints.get(id) ?? []).map(({ url }) => createHttpTransport({ url: url.reveal() }));
  return new ChainSettlementReader({
    chain,
    caller: new QuorumCaller(transports),
    ledger: address(ledger),
    ledgerCodeHash: bytes32(ledgerCodeHash),
    riskManager: address(riskManager),
    attesterSet: address(attesterSet),
  });
}

/** Gives each edge's journal with the reader of its chain. */
export function journalsOf(
  config: AggregatorConfig,
  edges: readonly KnownEdge[],
  chains: ReadonlyMap<number, OriginChainReader>,
): ReadonlyMap<Bytes32, JournalReader> {
  const journals = new Map<Bytes32, JournalReader>();
  for (const { edge, edgeId: name, direction } of edges) {
    const chain = chains.get(Number(edge.originChainId));
    const vault = config.network.chains.find((one) => one.chainId === Number(edge.originChainId))?.vault;
    if (chain === undefined || vault === undefined) continue;
    const journal = {
      edge,
      edgeId: name,
      direction,
      contract: address(vault.address),
      codeHash: bytes32(vault.codeHash),
      fromBlock: blockHeight(BigInt(vault.fromBlock)),
    };
    journals.set(name, { chain, journal });
  }
  return journals;
}

function finalityOf({ finality, development }: ChainConfig): FinalityRule {
  if (finality.rule === 'finalized') return { kind: 'finalized-tag' };
  const depth = BigInt(finality.depth);
  return development ? { kind: 'development', depth } : { kind: 'depth', depth, reason: finality.reason };
}
