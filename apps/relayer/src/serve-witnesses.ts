import { type InboundWitness, createHeadConfirmer, createHeadPublisher, createVaaSource } from '@surety/bridges';
import type { RelayerConfig } from '@surety/config';
import { address } from '@surety/domain';
import {
  type BatchSource,
  type Clock,
  type DriftBoard,
  type HeadConfirmer,
  type HeadPublisher,
  type Observer,
  type ParkedHints,
  confirmHeads,
  muteConfirmer,
  mutePublisher,
  publishHeads,
  replicaOfLedger,
} from '@surety/workflows';
import type { ChainDesk } from './chain-desk.js';
import { fetchVaaDocument } from './fetch-vaa-document.js';
import type { ServedEdge } from './served-chains.js';

/** How long a published head may take before the next witness is tried: twice what the slower bridge takes to an Ethereum chain. */
const FALLBACK_AFTER_MS = 45 * 60_000;

/** What the loops of witnesses share. */
export interface WitnessWorld {
  readonly config: RelayerConfig;
  /** The settlement chain's. */
  readonly settlement: ChainDesk;
  readonly desks: readonly ChainDesk[];
  readonly aggregators: readonly (BatchSource & ParkedHints)[];
  /** One that is not set as configured, or was not compared yet, is neither published over nor confirmed. */
  readonly drift: DriftBoard;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** Publishes, from one collateral chain, heads of its vault whenever credit waits for a confirmation. */
export function publishLoops(world: WitnessWorld, desk: ChainDesk, signal: AbortSignal): Promise<void>[] {
  const { config, settlement, aggregators, clock, observer } = world;
  return desk.chain.vaults.flatMap(({ edge: { source } }) => {
    const { m, inbound } = witnessesOf(world, source);
    if (m === 0) return [];
    const io = { origin: desk.reads, settlement: settlement.reads, sender: desk.sender };
    const publishers = inbound.map((one): HeadPublisher =>
      mutePublisher(createHeadPublisher(one, io), isSame(world, one)),
    );
    const policy = {
      m,
      pollIntervalMs: desk.policy.relay.pollIntervalMs,
      feeMaxWei: config.witnessFeeMaxWei.get(desk.chain.chainId) ?? 0n,
      fallbackAfterMs: desk.chain.intervals.witnessFallbackMs ?? FALLBACK_AFTER_MS,
    };
    return [publishHeads({ source, publishers, hints: aggregators, clock, observer, policy }, signal)];
  });
}

/** Delivers and confirms, at the ledger, what witnesses of one edge have told, whoever published it. */
export function confirmLoops(world: WitnessWorld, served: ServedEdge, signal: AbortSignal): Promise<void>[] {
  const { settlement, aggregators, clock, observer } = world;
  const { source, edge } = served;
  const { ledger } = settlement;
  const { inbound } = witnessesOf(world, source);
  if (ledger === null || inbound.length === 0) return [];
  const confirmers = inbound.map((one): HeadConfirmer => {
    const vaas = vaasOf(world, one);
    const confirmer = createHeadConfirmer(one, { settlement: settlement.reads, sender: settlement.sender, vaas });
    return muteConfirmer(confirmer, isSame(world, one));
  });
  const replica = replicaOfLedger(ledger, source);
  const policy = { pollIntervalMs: settlement.policy.relay.pollIntervalMs };
  return [confirmHeads({ source, edge, confirmers, replica, entries: aggregators, clock, observer, policy }, signal)];
}

function isSame({ drift }: WitnessWorld, { source, witness }: InboundWitness): () => boolean {
  return () => drift.ofWitness(source, witness.name).state === 'same';
}

/** The witnesses of a source that messages carry; how many must confirm. */
function witnessesOf(
  { config, settlement }: WitnessWorld,
  source: number,
): { readonly m: number; readonly inbound: readonly InboundWitness[] } {
  const vault = config.network.chains.find((chain) => chain.vault?.source === source)?.vault;
  const served = settlement.chain.ledger?.edges.find((edge) => edge.source === source);
  if (vault === undefined || served === undefined) return { m: 0, inbound: [] };
  const ledger = address(config.settlement.ledger);
  const { gasCeiling } = settlement.policy.relay;
  const inbound = (vault.witnesses ?? [])
    .filter(({ kind }) => kind !== 'state-proof')
    .map((witness) => ({ source, edge: served.edge, ledger, witness, gasCeiling }));
  return { m: vault.policy?.m ?? 0, inbound };
}

/** Where signed messages of a Wormhole witness come from, if anywhere is configured. */
function vaasOf(
  { config, desks }: WitnessWorld,
  { source, witness }: InboundWitness,
): ReturnType<typeof createVaaSource> | undefined {
  const chain = config.network.chains.find((one) => one.vault?.source === source);
  const origin = desks.find((desk) => desk.chain.chainId === chain?.chainId);
  if (
    witness.kind !== 'wormhole' ||
    config.vaaUrl === '' ||
    chain?.wormholeChainId === undefined ||
    origin === undefined
  )
    return undefined;
  return createVaaSource({
    reads: origin.reads,
    fetchDocument: fetchVaaDocument(config.vaaUrl, origin.policy.aggregatorTimeoutMs),
    core: witness.atVault.core,
    emitter: witness.atVault.contract,
    chain: chain.wormholeChainId,
  });
}
