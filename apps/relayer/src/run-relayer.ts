import { setMaxListeners } from 'node:events';
import { createAggregatorClient, createWatcherClient } from '@surety/client';
import type { RelayerConfig } from '@surety/config';
import { keepFollowing } from '@surety/prices';
import { type Telemetry, startHealthServer } from '@surety/telemetry';
import { keccak256, recoverCanonical } from '@surety/contracts';
import { type Lease, createHaltVerifier, createReportDesk, createVerifier, keepLease } from '@surety/transactions';
import {
  type AssetNumbers,
  type BatchSource,
  type Clock,
  DriftBoard,
  FailingLoops,
  type Ledger,
  type PayStatus,
  type OrphanHints,
  type ParkedHints,
  type PriceBoard,
  type PriceStatus,
  type PullStatus,
  type RelayStatus,
  type ShadowDoubt,
  type ReturnSource,
  type SourceComparer,
  type TransactionJournal,
  type HaltSource,
  type SignedReportSource,
  bringPrices,
  compareShadowFeeds,
  coverAssets,
  keepPricesFresh,
  lookAfterAssets,
  leaveOutSuspended,
  payReleases,
  returnPayments,
  slowLookMs,
  relayEdge,
  relayHalts,
  relayReports,
  replicaOfLedger,
  replicaOfVault,
  shareHalts,
  unparkCredits,
} from '@surety/workflows';
import { type Address, address, chainId, haltQuorumOf } from '@surety/domain';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type ChainDesk, openChainDesk, startChain, watchWallet } from './chain-desk.js';
import { compareLoops, servedComparers } from './compare-sources.js';
import { feeWorth, parkedWorth } from './fee-worth.js';
import { chainPolicy, payPolicy, unparkPolicy } from './relayer-policy.js';
import { type ChainState, type RelayerState, freshRelayerState, relayerReadiness } from './relayer-state.js';
import { pullSources } from './serve-pull-sources.js';
import { type WitnessWorld, openWitnesses, publishLoops } from './serve-witnesses.js';
import { type ServedEdge, payLimitsOf, servedChains } from './served-chains.js';
import { turnProviders } from './turn-providers.js';

export interface RelayerParts {
  readonly config: RelayerConfig;
  readonly account: PrivateKeyAccount;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Transactions are recorded here before they are sent. */
  readonly journal: TransactionJournal;
  /** Takes the right to write with a key on a chain. @throws KEY_LEASED, LEASE_UNAVAILABLE. */
  readonly holdLease: (of: { readonly chainId: number; readonly sender: Address }) => Lease;
}

interface Plan {
  readonly state: RelayerState;
  readonly aggregators: readonly (BatchSource & ReturnSource & ParkedHints & OrphanHints)[];
  readonly watchers: readonly (HaltSource & SignedReportSource)[];
  /** Prices of the settlement chain, by which fees are compared with gas. */
  readonly board: PriceBoard;
  readonly witnesses: WitnessWorld;
  readonly comparers: readonly SourceComparer[];
}

/**
 * Relays every configured edge in both directions, pays releases and keeps prices fresh until the signal aborts. Chains start
 * and fail independently.
 * @throws CODE_CHANGED, CHAIN_MISMATCH, EDGE_MISMATCH, NOTHING_TO_RELAY, KEY_LEASED: a person must look at the configuration; LEASE_LOST
 *   (retryable).
 */
export async function runRelayer(parts: RelayerParts, signal: AbortSignal): Promise<void> {
  const { config, clock, telemetry } = parts;
  const chains = servedChains(config).map((chain) => ({ chain, policy: chainPolicy(chain) }));
  const desks = chains.map(({ chain, policy }) => openChainDesk(parts, chain, policy));
  const comparers = servedComparers(config, clock);
  const drift = new DriftBoard(comparers);
  const failingLoops = new FailingLoops(clock);
  const state = freshRelayerState(
    chains.map(({ chain, policy }) => ({ ...chain, ...policy })),
    {
      drift,
      failingLoops,
      symbols: new Map(config.settlement.underlyings.map(({ id, symbol }) => [id, symbol])),
      watchers: {
        all: config.watcherUrls.length,
        needed: haltQuorumOf(config.attesters.members.length),
        silent: new Set(),
      },
    },
  );
  const [settlement] = desks as [ChainDesk, ...ChainDesk[]];
  const { aggregatorTimeoutMs } = settlement.policy;
  const aggregators = config.aggregatorUrls.map((url) =>
    createAggregatorClient({ url, timeoutMs: aggregatorTimeoutMs }),
  );
  const watchers = config.watcherUrls.map((url) => {
    const watcher = createWatcherClient({ url, timeoutMs: aggregatorTimeoutMs });
    const { silent } = state.watchers;
    const onSilence = (isSilent: boolean): unknown => (isSilent ? silent.add(url) : silent.delete(url));
    return { ...watcher, ...shareHalts(watcher, { clock, observer: telemetry.observer, onSilence }) };
  });
  const health = await startHealthServer({
    ...config.http,
    registry: telemetry.registry,
    readiness: () => relayerReadiness(state, { elapsedMs: clock.elapsedMs() }),
  });
  telemetry.announce(health.url);
  const books: WitnessWorld['books'] = new Map();
  const { observer } = telemetry;
  const witnesses = { config, settlement, desks, aggregators, drift, failingLoops, books, clock, observer };
  try {
    await serveAll(
      parts,
      desks,
      { state, aggregators, watchers, board: settlement.board, witnesses, comparers },
      signal,
    );
  } finally {
    await health.close();
    await telemetry.close();
  }
}

async function serveAll(
  parts: RelayerParts,
  desks: readonly ChainDesk[],
  plan: Plan,
  outer: AbortSignal,
): Promise<void> {
  // One loop that ends with an error ends the others: the configuration is wrong for all of them.
  const stop = new AbortController();
  // Every request under way listens to it: some dozens at once, and each lets go at its end.
  setMaxListeners(0, stop.signal);
  const end = (): void => stop.abort();
  outer.addEventListener('abort', end, { once: true });
  if (outer.aborted) stop.abort();
  const { drift: board, clock, observer } = plan.witnesses;
  const served = [
    ...compareLoops(parts.config, { comparers: plan.comparers, board, clock, observer }, stop.signal),
    ...desks.map((desk, at) => serveChain(parts, desk, plan, plan.state.chains[at] as ChainState, stop)),
  ];
  try {
    await Promise.all(served);
  } finally {
    outer.removeEventListener('abort', end);
    stop.abort();
    // Leases are given back and the journal is closed only after the last loop has let go of both.
    await Promise.allSettled(served);
  }
}

async function serveChain(
  parts: RelayerParts,
  desk: ChainDesk,
  plan: Plan,
  state: ChainState,
  stop: AbortController,
): Promise<void> {
  let lease: Lease | undefined;
  try {
    lease = await startChain(parts, desk, state, stop.signal);
    if (lease === undefined) return;
    const kept = keepLease(lease, parts.clock, stop.signal);
    const loops = [kept, ...startLoops(parts, desk, plan, state, stop.signal)];
    await Promise.all(loops.map((loop) => loop.catch((error: unknown) => (stop.abort(), Promise.reject(error)))));
    await Promise.allSettled(loops);
  } catch (error) {
    stop.abort();
    throw error;
  } finally {
    lease?.release();
  }
}

function startLoops(
  parts: RelayerParts,
  desk: ChainDesk,
  plan: Plan,
  state: ChainState,
  signal: AbortSignal,
): Promise<void>[] {
  const { policy, chain, ledger, sender } = desk;
  const { clock, observer, failingLoops } = plan.witnesses;
  const world = { clock, observer, failingLoops };
  const { aggregators } = plan;
  const pauseMs = slowLookMs(chain.blockTimeMs);
  const report = (status: RelayStatus): unknown => plan.state.relays.set(status.edge, status);
  const shared = { ...world, policy: policy.relay, report };
  const edge = (served: ServedEdge, replica: ReturnType<typeof replicaOfVault>): Promise<void>[] => {
    const verifier = createVerifier({ reads: desk.reads, attesterSet: served.verifier });
    const sources = aggregators.map((one) => leaveOutSuspended(one, verifier));
    const { published, confirmLoops } = openWitnesses(plan.witnesses, served);
    const halts = { ...world, ...haltPorts(desk, plan, served), replica };
    return [
      relayEdge({ ...shared, ...served, sources, replica, published }, signal),
      ...confirmLoops(signal),
      ...(plan.watchers.length === 0 ? [] : [relayHalts(halts, signal)]),
    ];
  };
  const loops = [
    sender.keep(signal, failingLoops),
    turnProviders({ rpc: desk.rpc, clock: parts.clock }, signal),
    watchWallet({ ...parts, failingLoops }, desk, state, signal),
    ...publishLoops(plan.witnesses, desk, signal),
  ];
  if (ledger !== null) {
    for (const served of chain.ledger?.edges ?? []) loops.push(...edge(served, replicaOfLedger(ledger, served.source)));
    const pay = payLimitsOf(parts.config, chain.chainId);
    for (const { source } of chain.ledger?.edges ?? []) {
      const readWorthWei = parkedWorth(parts.config, { source, gasUnderlying: pay.gasUnderlying, board: plan.board });
      const own = { source, hints: aggregators, ledger, policy: unparkPolicy(pay), readWorthWei };
      loops.push(unparkCredits({ ...world, ...own }, signal));
    }
    const covered = { assets: assetsOf(parts.config, ledgerSources(chain)), ledger, hints: aggregators, pauseMs };
    loops.push(coverAssets({ ...world, ...covered }, signal));
    const reports = reportPorts(parts, desk);
    if (reports !== undefined) loops.push(relayReports({ ...world, ...reports, sources: plan.watchers }, signal));
    loops.push(...priceLoops(parts, { ...desk, ledger }, plan, signal));
  }
  chain.vaults.forEach((served, at) => {
    const vault = desk.vaults[at];
    if (vault === undefined) return;
    loops.push(...edge(served.edge, replicaOfVault(vault)));
    const tell = (status: PayStatus): unknown => plan.state.payments.set(status.edge, status);
    const { gasUnderlying } = served.pay;
    const readWorthWei = feeWorth(parts.config, { vaultChainId: chain.chainId, gasUnderlying, board: plan.board });
    const ends = { source: served.edge.source, edge: served.edge.edge, vault, hints: aggregators, readWorthWei };
    const { source } = served.edge;
    const assets = assetsOf(parts.config, [source]);
    const { ledger: settled, releases } = plan.witnesses.settlement;
    loops.push(lookAfterAssets({ ...world, source, assets, vault, ledger: settled, pauseMs }, signal));
    const { edge: name } = served.edge;
    const back = { source, edge: name, hints: aggregators, vault, keccak256, policy: served.pay, pauseMs };
    // The ledger's own record shows what comes back.
    if (settled !== null && releases !== null) {
      loops.push(returnPayments({ ...world, ...back, ledger: { ...settled, ...releases } }, signal));
    }
    loops.push(payReleases({ ...world, ...ends, policy: payPolicy(chain, served.pay), report: tell }, signal));
  });
  return loops;
}

/** Starts what keeps prices of the settlement chain fresh, and what compares feeds that are to take over. */
function priceLoops(
  { config, clock, telemetry: { observer } }: RelayerParts,
  desk: ChainDesk & { readonly ledger: Ledger },
  { state, witnesses: { failingLoops } }: Pick<Plan, 'state' | 'witnesses'>,
  signal: AbortSignal,
): Promise<void>[] {
  const { board, ledger, shadows, prices, policy } = desk;
  const world = { clock, observer, policy: desk.policy.prices };
  const sources = pullSources(config, desk);
  const tellPull = (status: PullStatus): unknown => (state.pulls = status);
  const slots = config.settlement.underlyings.map(({ id }) => id);
  const tell = (status: PriceStatus): unknown => (state.prices = status);
  const tellDoubted = (doubted: readonly ShadowDoubt[]): unknown => (state.doubtedFeeds = doubted);
  // Counted from here on: a first pass that never ends is stuck too.
  tell({ passedAtMs: clock.elapsedMs(), stuckSlots: [], problem: null });
  if (sources.length > 0) tellPull({ passedAtMs: clock.elapsedMs(), failing: [] });
  return [
    ...(sources.length === 0 ? [] : [bringPrices({ ...world, sources, report: tellPull }, signal)]),
    keepPricesFresh({ ...world, slots, board, ledger, report: tell }, signal),
    ...(prices === null
      ? []
      : [keepFollowing({ prices, failingLoops, clock, pauseMs: policy.walletIntervalMs }, signal)]),
    ...(shadows === null
      ? []
      : [compareShadowFeeds({ clock, observer, failingLoops, board: shadows, report: tellDoubted }, signal)]),
  ];
}

/** Returns the ports for posting margin reports; undefined unless protocols are named. */
function reportPorts({ config }: RelayerParts, { chain, rpc, reads, sender, policy }: ChainDesk) {
  if (config.reports === undefined) return undefined;
  const { protocols, refreshAfterS } = config.reports;
  const verifier = address(config.settlement.attesterSet);
  return {
    protocols,
    refreshAfterS: BigInt(refreshAfterS),
    desk: createReportDesk({ rpc, reads, sender, chainId: chain.chainId, verifier }),
    pollIntervalMs: policy.prices.pollIntervalMs,
  };
}

/** Returns the ports for halting one edge at this chain's verifier. */
function haltPorts({ chain, rpc, reads, sender, policy }: ChainDesk, { watchers }: Plan, served: ServedEdge) {
  const { edge, verifier: attesterSet } = served;
  return {
    edge,
    domain: { chainId: chainId(chain.chainId), verifyingContract: attesterSet },
    sources: watchers,
    verifier: createHaltVerifier({ rpc, reads, sender, attesterSet, gasCeiling: policy.relay.gasCeiling }),
    recoverSigner: recoverCanonical,
    keccak256,
  };
}

/** Returns the sources whose edges end at the ledger of a chain. */
function ledgerSources({ ledger }: ChainDesk['chain']): number[] {
  return (ledger?.edges ?? []).map(({ source }) => source);
}

/** Returns the assets that are configured of some sources. */
function assetsOf({ network }: RelayerConfig, sources: readonly number[]): AssetNumbers[] {
  return network.chains.flatMap(({ vault }) => {
    if (vault === undefined || !sources.includes(vault.source)) return [];
    return vault.assets.map(({ index, assetId }) => ({ source: vault.source, vaultAsset: index, assetId }));
  });
}
