import {
  type PublicationBook,
  type WitnessedEdge,
  createHeadConfirmer,
  createHeadPublisher,
  createVaaSource,
  deliverPackets,
  deliverVaas,
  keepPublications,
  readJournalCount,
} from '@surety/bridges';
import type { RelayerConfig } from '@surety/config';
import { type Address, address } from '@surety/domain';
import {
  type BatchSource,
  type Clock,
  type DriftBoard,
  type FailingLoops,
  type HeadConfirmer,
  type Observer,
  type ParkedHints,
  type PaymentHints,
  type Vault,
  type WaitingHints,
  confirmHeads,
  muteConfirmer,
  mutePublisher,
  publishHeads,
  replicaOfLedger,
  replicaOfVault,
  waitingCredits,
  waitingPayments,
} from '@surety/workflows';
import type { ChainDesk } from './chain-desk.js';
import { deliverBesideLook } from './deliver-beside-look.js';
import { fetchVaaDocument } from './fetch-vaa-document.js';
import { amountWorths } from './fee-worth.js';
import { createProver } from './serve-proofs.js';
import { type ServedEdge, payLimitsOf } from './served-chains.js';

/** Time that a published head may take before the next witness is tried: twice the slower bridge's time to an Ethereum chain. */
const FALLBACK_AFTER_MS = 45 * 60_000;
/** A tenth of that time is left to an executor before we deliver a verified packet ourselves. */
const GRACE_SHARE = 10;
/** Time between two looks at witnesses: bridges take minutes, and each look costs some calls. On development chains they take seconds. */
const EVERY_MS = 12_000;
/** Shortest time between two looks at what was published on a chain. */
const LOOK_EVERY_MS = 2_000;
/** Time that a batch waits for a look at witnesses: a chain with silent providers delays none of its own entries. */
const LOOK_WITHIN_MS = 2_000;
/** Range of the search for publications before a start, at most so many blocks: fifty queries where one covers 2,000. */
const LOOK_BACK_MS = 24 * 60 * 60_000;
const LOOK_BACK_BLOCKS = 100_000;

export interface WitnessWorld {
  readonly config: RelayerConfig;
  /** The settlement chain's. */
  readonly settlement: ChainDesk;
  readonly desks: readonly ChainDesk[];
  readonly aggregators: readonly (BatchSource & ParkedHints & PaymentHints)[];
  /** One that is not set as configured, or was not compared yet, is neither published over nor confirmed. */
  readonly drift: DriftBoard;
  readonly failingLoops: FailingLoops;
  /** Publications over each end of a witness at a journal, by chain and contract. Publishing and marking share them. */
  readonly books: Map<string, PublicationBook>;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** Publishes, from one chain, heads of its journals whenever something at their other end waits for a confirmation. */
export function publishLoops(world: WitnessWorld, desk: ChainDesk, signal: AbortSignal): Promise<void>[] {
  const { config, desks, clock, observer, failingLoops } = world;
  const limits = config.publishing.get(desk.chain.chainId) ?? { feeMaxWei: 0n, feeShareBps: 0n, stalenessMs: 0 };
  const policy = { ...limits, pollIntervalMs: everyMs(desk), fallbackAfterMs: fallbackAfterMs(desk) };
  return desks.flatMap(servedEdges).flatMap((served) => {
    const { m, journal, witnessed, origin, destination } = witnessesOf(world, served);
    if (m === 0 || origin !== desk || witnessed.length === 0) return [];
    const io = { origin: origin.reads, destination: destination.reads, sender: origin.sender };
    const { edge, source, direction } = served;
    const readJournal = (inner?: AbortSignal) => readJournalCount({ ...served, journal }, origin.reads, inner);
    const publishers = witnessed.map((one) => {
      const book = { published: bookOf(world, one, origin), readJournal, lookEveryMs: lookEveryMs(origin) };
      // LayerZero's fee pays an executor, which delivers. We deliver Wormhole's messages, if a source of signed ones is
      // configured.
      const isDelivered = one.witness.kind === 'layerzero' || config.vaaUrl !== '';
      return mutePublisher(createHeadPublisher(one, { ...io, ...book, isDelivered }), isSame(world, one));
    });
    const ends = {
      edge,
      source,
      direction,
      publishers,
      readJournal,
      waiting: waitingAt(world, { origin, destination }, served),
    };
    return [publishHeads({ ...ends, clock, observer, failingLoops, policy: { ...policy, m } }, signal)];
  });
}

/** The witnesses of one edge, where it ends. */
export interface EdgeWitnesses {
  /** Counts of its journal that were published, as its chain shows them now, or showed them lately if it does not answer. */
  readonly published: (signal?: AbortSignal) => Promise<readonly bigint[]>;
  /** Delivers and confirms their records, whoever published them, until the signal aborts. */
  readonly confirmLoops: (signal: AbortSignal) => Promise<void>[];
}

/** Opens the witnesses of an edge; nothing is read yet. */
export function openWitnesses(world: WitnessWorld, served: ServedEdge): EdgeWitnesses {
  const { aggregators, clock, observer, failingLoops } = world;
  const { witnessed, proven, origin, destination } = witnessesOf(world, served);
  const books: PublicationBook[] = [];
  const { reads, sender, ledger } = destination;
  const carried = witnessed.map((one) => {
    const published = bookOf(world, one, origin);
    books.push(published);
    const deliver = deliveryOf(world, { at: one, published, origin, destination });
    const confirmer = createHeadConfirmer(one, {
      destination: reads,
      sender,
      deliver: deliverBesideLook(
        { chainId: origin.chain.chainId, needsLook: one.witness.kind === 'layerzero', observer, failingLoops },
        (inner) => published.requireLook(lookEveryMs(origin), inner),
        deliver,
      ),
    });
    return muteConfirmer(confirmer, isSame(world, one));
  });
  const waiting = waitingAt(world, { origin, destination }, served);
  const provers = proven.map((one) =>
    muteConfirmer(
      createProver(one, { vault: provenVault(world, one), origin, destination, waiting, clock }),
      isSame(world, one),
    ),
  );
  const confirmers = [...carried, ...provers];
  const vault = vaultOf(destination, served);
  const replica = vault === undefined ? ledger && replicaOfLedger(ledger, served.source) : replicaOfVault(vault);
  const policy = { pollIntervalMs: everyMs(destination) };
  const known = (): bigint[] => books.flatMap((book) => book.firstsOf(served.edge).map(({ count }) => count));
  const deps = { ...served, confirmers, published: known, entries: aggregators, clock, observer, failingLoops, policy };
  return {
    published: async (signal) => {
      if (books.length === 0) return [];
      const looks = Promise.allSettled(books.map((book) => book.look(0, signal)));
      await Promise.race([looks, clock.sleep(LOOK_WITHIN_MS, signal)]);
      return known();
    },
    confirmLoops: (signal) =>
      replica === null || confirmers.length === 0 ? [] : [confirmHeads({ ...deps, replica }, signal)],
  };
}

function isSame({ drift }: WitnessWorld, { source, witness }: WitnessedEdge): () => boolean {
  return () => drift.ofWitness(source, witness.name).state === 'same';
}

/** Edges that end on one chain. */
function servedEdges({ chain }: ChainDesk): readonly ServedEdge[] {
  return [...(chain.ledger?.edges ?? []), ...chain.vaults.map(({ edge }) => edge)];
}

function vaultOf({ chain, vaults }: ChainDesk, { edge }: ServedEdge): Vault | undefined {
  return vaults[chain.vaults.findIndex((one) => one.edge.edge === edge)];
}

/** Returns what waits for a confirmation at an edge's end: credit at the ledger, payments at a vault. */
function waitingAt(
  { config, aggregators, settlement }: WitnessWorld,
  { origin, destination }: { readonly origin: ChainDesk; readonly destination: ChainDesk },
  served: ServedEdge,
): WaitingHints {
  const { source, edge } = served;
  const { gasUnderlying } = payLimitsOf(config, origin.chain.chainId);
  const readWorths = amountWorths(config, { source, gasUnderlying, board: settlement.board });
  const vault = vaultOf(destination, served);
  return vault === undefined
    ? waitingCredits(aggregators, source, readWorths)
    : waitingPayments({ edge, hints: aggregators, vault, readWorths });
}

/** The witnesses of an edge that messages carry and those that prove, how many must confirm, and the chains of its two ends. */
function witnessesOf(
  { config, settlement, desks }: WitnessWorld,
  { source, direction, edge }: ServedEdge,
): {
  readonly m: number;
  /** The contract that keeps the edge's journal. */
  readonly journal: Address;
  readonly witnessed: readonly WitnessedEdge[];
  readonly proven: readonly WitnessedEdge[];
  readonly origin: ChainDesk;
  readonly destination: ChainDesk;
} {
  const chain = config.network.chains.find((one) => one.vault?.source === source);
  const away = desks.find((desk) => desk.chain.chainId === chain?.chainId) ?? settlement;
  const [origin, destination] = direction === 'to-ledger' ? [away, settlement] : [settlement, away];
  const { vault } = chain ?? {};
  const ends = [address(vault?.address ?? config.settlement.ledger), address(config.settlement.ledger)] as const;
  const [journal, replica] = direction === 'to-ledger' ? ends : ([ends[1], ends[0]] as const);
  const { gasCeiling } = destination.policy.relay;
  const placed = (vault?.witnesses ?? []).map((witness) => ({ source, direction, edge, replica, witness, gasCeiling }));
  const witnessed = placed.filter(({ witness }) => witness.kind !== 'state-proof');
  return {
    m: vault?.policy?.m ?? 0,
    journal,
    witnessed,
    proven: placed.filter(isProvable),
    origin,
    destination,
  };
}

function provenVault({ config }: WitnessWorld, { source }: WitnessedEdge): Address {
  return address(config.network.chains.find(({ vault }) => vault?.source === source)?.vault?.address ?? '');
}

/** There is a contract that proves a vault on L1 where the ledger's chain holds L1's blocks, and none for another way. */
function isProvable({ direction, witness }: WitnessedEdge): boolean {
  return direction === 'to-ledger' && witness.kind === 'state-proof' && witness.atLedger.hashSource.kind === 'l1-block';
}

/** Returns the publications over one witness. */
function bookOf(
  { config, clock, books }: WitnessWorld,
  at: WitnessedEdge,
  { chain, reads, rpc }: ChainDesk,
): PublicationBook {
  const contract = address(at.direction === 'to-ledger' ? at.witness.atVault.contract : at.witness.atLedger.contract);
  const name = `${chain.chainId}:${contract}`;
  const known = books.get(name);
  if (known !== undefined) return known;
  const blocks = Math.ceil(LOOK_BACK_MS / chain.blockTimeMs);
  const blocksBack = BigInt(Math.min(blocks, LOOK_BACK_BLOCKS));
  const limits = config.network.chains.find(({ chainId }) => chainId === chain.chainId)?.limits;
  if (limits === undefined) throw new TypeError(`chain ${chain.chainId} is not configured`);
  const rangeBlocks = BigInt(limits.logRangeMax);
  const distrustProvider = (): void => rpc.rotate();
  const book = keepPublications({ reads, contract, clock, blocksBack, rangeBlocks, distrustProvider });
  books.set(name, book);
  return book;
}

function everyMs({ chain, policy }: ChainDesk): number {
  const { pollIntervalMs } = policy.relay;
  return chain.development ? pollIntervalMs : Math.max(pollIntervalMs, EVERY_MS);
}

function lookEveryMs(desk: ChainDesk): number {
  return Math.max(everyMs(desk), LOOK_EVERY_MS);
}

function fallbackAfterMs({ chain }: ChainDesk): number {
  return chain.intervals.witnessFallbackMs ?? FALLBACK_AFTER_MS;
}

/** Returns how a witness's messages are delivered at an edge's end, if by us. */
function deliveryOf(
  { config, clock }: WitnessWorld,
  job: {
    readonly at: WitnessedEdge;
    readonly published: PublicationBook;
    readonly origin: ChainDesk;
    readonly destination: ChainDesk;
  },
): HeadConfirmer['deliver'] | undefined {
  const { at, published, origin, destination } = job;
  const { witness, direction } = at;
  const io = { destination: destination.reads, sender: destination.sender };
  if (witness.kind === 'layerzero') {
    const readLogs: ChainDesk['reads']['readLogs'] = (txHash, signal) => origin.reads.readLogs(txHash, signal);
    const graceMs = fallbackAfterMs(origin) / GRACE_SHARE;
    return deliverPackets(at, {
      ...io,
      readLogs,
      published,
      clock,
      graceMs,
      distrustOrigin: () => origin.rpc.rotate(),
    });
  }
  const chain = config.network.chains.find(({ chainId }) => chainId === origin.chain.chainId)?.wormholeChainId;
  if (witness.kind !== 'wormhole' || config.vaaUrl === '' || chain === undefined) return undefined;
  const { core, contract: emitter } = direction === 'to-ledger' ? witness.atVault : witness.atLedger;
  const fetchDocument = fetchVaaDocument(config.vaaUrl, origin.policy.aggregatorTimeoutMs);
  const vaas = createVaaSource({
    reads: origin.reads,
    fetchDocument,
    core,
    emitter,
    chain,
    clock,
  });
  return deliverVaas(at, { ...io, vaas, emitterChain: chain });
}
