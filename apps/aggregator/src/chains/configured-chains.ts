import { openComparers } from '@surety/bridges';
import {
  type FinalityRule,
  type OriginChainReader,
  createFileHaltStore,
  createOriginChain,
  lagBlocksOf,
} from '@surety/chain';
import { type AggregatorConfig, vaultEdges } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type EdgeDirection,
  type StatementDomain,
  address,
  blockHeight,
  bytes32,
  chainId,
  edgeBetween,
  edgeId,
} from '@surety/domain';
import { createHttpTransport, createReader, openProviders, quorumTransport } from '@surety/rpc';
import {
  type Clock,
  type JournalEntrySource,
  type KnownEdge,
  type Observer,
  type SourceListing,
  isLocalEdge,
} from '@surety/workflows';
import { ChainEntrySource, type JournalReader } from '../follow/chain-entry-source.js';
import { ChainVaultReader } from '../follow/chain-vault-reader.js';
import { ChainSettlementReader } from '../follow/chain-settlement-reader.js';
import { QuorumCaller } from '../follow/quorum-caller.js';
import type { LedgerSource, LocalSource, VaultSource } from '../projections/projections-module.js';
import { type LedgerAsker, createLedgerAsker } from '../terms/ledger-asker.js';
import type { DriftSource } from '../witnesses/witnesses-module.js';

type ChainConfig = AggregatorConfig['network']['chains'][number];
type VaultConfig = NonNullable<ChainConfig['vault']>;

/** Milliseconds for one read of a comparison at one provider. */
const COMPARE_TIMEOUT_MS = 20_000;

/** The ledger's own journals are folded with the ledger, and `JournalRefill` reads what that left out: a vault waits for both. */
const NOWHERE: JournalEntrySource = { readEntriesAfter: () => Promise.resolve(undefined), release: () => undefined };

/** Returns both edges of each configured vault; the ledger's own list decides which of them count. */
export function knownEdges(config: AggregatorConfig): KnownEdge[] {
  return config.network.chains.flatMap(({ chainId: vaultChainId, vault }) => {
    if (vault === undefined) return [];
    const edges = vaultEdges(config.settlement, { chainId: vaultChainId, vault });
    return (['to-ledger', 'to-vault'] as const).map((direction): KnownEdge => {
      const edge = edges.of(direction);
      const domain = verifierOf(config, vault, direction);
      return { edgeId: edgeId(edge, keccak256), edge, direction, source: vault.source, domain };
    });
  });
}

/**
 * Returns what names the edges of a source that the ledger lists. Where statements for a vault are judged is configured, so an
 * unconfigured vault's edge from the ledger is left out; its releases are read again once it is configured.
 */
function edgeNamer(config: AggregatorConfig): (source: SourceListing) => KnownEdge[] {
  return ({ source, edge: inbound, outboundEdge, originChainId, vault }) => {
    const ends = endsOf(config, { chainId: originChainId, vault });
    const configured = config.network.chains.find((chain) => chain.chainId === originChainId)?.vault;
    return (['to-ledger', 'to-vault'] as const).flatMap((direction): KnownEdge[] => {
      const edge = edgeBetween(ends, direction);
      const name = edgeId(edge, keccak256);
      if (name !== (direction === 'to-ledger' ? inbound : outboundEdge)) return [];
      if (direction === 'to-vault' && configured === undefined) return [];
      return [{ edgeId: name, edge, direction, source, domain: verifierOf(config, configured, direction) }];
    });
  };
}

function endsOf(
  { settlement }: AggregatorConfig,
  at: { readonly chainId: number; readonly vault: Address },
): Parameters<typeof edgeBetween>[0] {
  return {
    settlementChainId: chainId(settlement.chainId),
    ledger: address(settlement.ledger),
    vaultChainId: chainId(at.chainId),
    vault: at.vault,
  };
}

/** The attester set of the destination, which is on the destination's own chain; of a vault beside the ledger its local verifier. */
function verifierOf(
  { network, settlement }: AggregatorConfig,
  vault: VaultConfig | undefined,
  direction: EdgeDirection,
): StatementDomain {
  const at = network.chains.find((chain) => chain.vault === vault);
  if (direction === 'to-ledger' || vault === undefined || at === undefined)
    return { chainId: chainId(settlement.chainId), verifyingContract: address(settlement.attesterSet) };
  return { chainId: chainId(at.chainId), verifyingContract: address(vault.attesterSet) };
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
        lagBlocksMax: lagBlocksOf(chain.finality),
      },
    });
    readers.set(id, reader);
  }
  return readers;
}

/** Returns the source from which the ledger is followed: its reader, the journals that lead to it, and its own. */
export function ledgerSource(
  config: AggregatorConfig,
  edges: readonly KnownEdge[],
  chains: ReadonlyMap<number, OriginChainReader>,
  observer: Observer,
): LedgerSource {
  return {
    reader: settlementReader(config, chains),
    entries: new ChainEntrySource(journalsOf(config, edges, chains), observer),
    released: new ChainEntrySource(releasedOf(config, edges, chains), observer),
    fromBlock: BigInt(config.settlement.fromBlock),
    edgesOf: edgeNamer(config),
  };
}

/** Returns the ledger's journal toward each configured vault, with the reader of the ledger's chain. */
function releasedOf(
  { settlement }: AggregatorConfig,
  edges: readonly KnownEdge[],
  chains: ReadonlyMap<number, OriginChainReader>,
): ReadonlyMap<Bytes32, JournalReader> {
  const chain = chains.get(settlement.chainId);
  const contract = {
    contract: address(settlement.ledger),
    codeHash: bytes32(settlement.ledgerCodeHash),
    fromBlock: blockHeight(BigInt(settlement.fromBlock)),
  };
  const journals = edges.filter(({ direction }) => direction === 'to-vault');
  if (chain === undefined) return new Map();
  return new Map(
    journals.map(({ edge, edgeId: name, direction }) => {
      return [name, { chain, journal: { edge, edgeId: name, direction, ...contract } }];
    }),
  );
}

function settlementReader(
  config: AggregatorConfig,
  chains: ReadonlyMap<number, OriginChainReader>,
): ChainSettlementReader {
  const { chainId: id, ledger, ledgerCodeHash, riskManager, attesterSet } = config.settlement;
  const chain = chains.get(id);
  if (chain === undefined) throw new TypeError(`the configuration names no chain ${id}, on which its ledger lies`);
  return new ChainSettlementReader({
    chain,
    caller: new QuorumCaller(chain.providers),
    ledger: address(ledger),
    ledgerCodeHash: bytes32(ledgerCodeHash),
    riskManager: address(riskManager),
    attesterSet: address(attesterSet),
  });
}

/** Returns what asks the ledger about its limits and feeds. */
export function ledgerAsker(
  { settlement }: AggregatorConfig,
  chains: ReadonlyMap<number, OriginChainReader>,
): LedgerAsker {
  const { chainId: id, ledger } = settlement;
  return createLedgerAsker(new QuorumCaller(chains.get(id)?.providers ?? []), address(ledger));
}

/** Returns the source from which each configured vault is followed, that beside the ledger among them. */
export function vaultSources(
  config: AggregatorConfig,
  edges: readonly KnownEdge[],
  chains: ReadonlyMap<number, OriginChainReader>,
): VaultSource[] {
  return edges.flatMap((known) => {
    const id = Number(known.edge.destinationChainId);
    const chain = chains.get(id);
    const vault = config.network.chains.find((one) => one.chainId === id)?.vault;
    if (known.direction !== 'to-vault' || chain === undefined || vault === undefined) return [];
    const caller = new QuorumCaller(chain.providers);
    const reader = new ChainVaultReader({ chain, caller, known, vaultCodeHash: bytes32(vault.codeHash) });
    return [{ reader, entries: NOWHERE, fromBlock: BigInt(vault.fromBlock) }];
  });
}

/** Returns the source from which the journal of the vault beside the ledger is read; none if there is no such vault. */
export function localSources(
  config: AggregatorConfig,
  edges: readonly KnownEdge[],
  chains: ReadonlyMap<number, OriginChainReader>,
  observer: Observer,
): LocalSource[] {
  return edges
    .filter((known) => known.direction === 'to-ledger' && isLocalEdge(known))
    .map((known) => ({ known, entries: new ChainEntrySource(journalsOf(config, [known], chains), observer) }));
}

/** Returns each vault's journal with the reader of its chain. */
function journalsOf(
  config: AggregatorConfig,
  edges: readonly KnownEdge[],
  chains: ReadonlyMap<number, OriginChainReader>,
): ReadonlyMap<Bytes32, JournalReader> {
  const journals = new Map<Bytes32, JournalReader>();
  for (const { edge, edgeId: name, direction } of edges) {
    const chain = chains.get(Number(edge.originChainId));
    const vault = config.network.chains.find((one) => one.chainId === Number(edge.originChainId))?.vault;
    // The ledger's journals are folded with the ledger, also where a vault stands beside it.
    if (chain === undefined || vault === undefined || direction === 'to-vault') continue;
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

/** Opens the comparison of every source's witnesses with the configuration; nothing is read yet. */
export function driftSource(
  { network, endpoints, compareIntervalMs: intervalMs }: AggregatorConfig,
  clock: Clock,
): DriftSource {
  const comparers = openComparers(network, (id) => {
    const place = { chainId: id, endpoints: endpoints.get(id) ?? [], timeoutMs: COMPARE_TIMEOUT_MS, clock };
    return createReader(quorumTransport(openProviders(place)));
  });
  return { comparers, intervalMs };
}

function finalityOf({ finality, development }: ChainConfig): FinalityRule {
  if (finality.rule === 'finalized') return { kind: 'finalized-tag' };
  const depth = BigInt(finality.depth);
  return development ? { kind: 'development', depth } : { kind: 'depth', depth, reason: finality.reason };
}
