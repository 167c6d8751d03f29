import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { formatPoint, pointFileIn, readPoint } from '@surety/attestation';
import { type AggregatorClient, createAggregatorClient } from '@surety/client';
import { type Environment, type WatcherConfig, loadWatcherConfig } from '@surety/config';
import { systemClock } from '@surety/process';
import { type LogDestination, WATCHER_RULES, createTelemetry, startHealthServer } from '@surety/telemetry';
import {
  DestinationReplica,
  FailingLoops,
  type FinalBlock,
  type NamedPoint,
  SigningPermit,
  armCrashPoint,
  crashPoint,
} from '@surety/workflows';
import { type AttestedJournal, journalsOf } from './journals-of.js';
import { type OpenAttester, openAttester } from './open-attester.js';
import type { ConfiguredChain } from './origin-chain-of.js';
import { ownStatementSources } from './own-statement-sources.js';
import { type WatcherView, watcherReadiness } from './readiness.js';
import { type ChainWatch, watchChain } from './watch-chain.js';
import { type JournalWatch, type WatchJournalOptions, watchJournal } from './watch-journal.js';
import { type ReportWatch, requireMarkets, watchReports } from './watch-reports.js';

/** Longest wait for one answer of an aggregator. */
const AGGREGATOR_TIMEOUT_MS = 10_000;

/** A running watcher. */
export interface Watcher {
  /** Address of its health server. */
  readonly url: string;
  /** Ends all loops, closes the stores, and resolves when nothing is left. */
  stop(): Promise<void>;
  /** Rejects if a loop fails in a way nobody foresaw. */
  readonly failed: Promise<never>;
}

/** Starts a watcher from the environment: its key, its stores, its chains, its loops and its health server. */
export async function startWatcher(environment: Environment, destination?: LogDestination): Promise<Watcher> {
  const config = loadWatcherConfig(environment);
  if (config.reports !== undefined) requireMarkets(config.reports);
  armCrashPoint(config.crashAt, () => process.kill(process.pid, 'SIGKILL'));
  const clock = systemClock;
  const telemetry = createTelemetry({
    service: 'watcher',
    log: config.log,
    rules: WATCHER_RULES,
    traces: config.traces && { settings: config.traces, clock },
    ...(destination === undefined ? {} : { destination }),
  });
  const { observer } = telemetry;
  const opened = await openAttester(config);
  const { attester, history, log } = opened;
  crashPoint('watcher.start.opened');
  const permit = new SigningPermit();
  if (history.retirement !== undefined) permit.refuse({ code: 'HISTORY_OLDER', detail: history.retirement });
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const chains = new Map<number, ChainWatch>();
  for (const chain of watchedChains(config)) {
    chains.set(chain.chainId, await watchChain({ config, chain, clock, observer }, stopping.signal));
  }
  const connect = connectorOf(randomBytes(8).toString('hex'));
  const clients = config.aggregatorUrls.map(connect);
  const aggregators = clients.map((api) => ({ name: api.origin, api }));
  const peers = config.peerUrls.map(connect);
  const asked = { config, log, signer: attester.address, aggregators: clients, peers, clock, observer };
  const tools = { attester, history, permit, log, aggregators, clock, observer, failingLoops: new FailingLoops(clock) };
  const attested = journalsOf(config);
  let watches: readonly JournalWatch[] = [];
  let reports: ReportWatch | undefined;
  const health = await startHealthServer({
    ...config.http,
    registry: telemetry.registry,
    pages: pagesOf(attested, { watches: () => watches, reports: () => reports }),
    readiness: () =>
      watcherReadiness({
        ...viewOf({ config, opened, chains: [...chains.values()], permit }),
        journals: watches.map((watch) => watch.view()),
        reports: reports?.troubles() ?? [],
        stuck: tools.failingLoops.stuckReasons(),
        nowMs: clock.elapsedMs(),
      }),
  });
  reports = startReports({ config, chains, attester, permit, clock, observer }, stopping.signal);
  watches = attested.map((one) => {
    const ownStatements = ownStatementSources({ ...asked, journal: one.journal });
    const file = pointFileIn(config.stateDir, one.journal.edgeId);
    const readNamed = async (): Promise<NamedPoint | undefined> => readPoint(file);
    return watchJournal({ ...tools, ...portsOf(one, chains), ownStatements, readPoint: readNamed }, stopping.signal);
  });
  telemetry.announce(health.url);
  const fields = { attester: attester.address, chains: chains.size, edges: watches.length };
  observer.observe({ name: 'watcher-started', level: 'info', fields });
  const running = [...chains.values()].map((chain) => chain.run());
  const done = Promise.all([...watches.map((watch) => watch.done), ...running, reports?.done]);
  return {
    url: health.url,
    failed: done.then(() => new Promise<never>(() => {})),
    stop: async () => {
      stopping.abort();
      await done;
      await health.close();
      await telemetry.close();
      opened.close();
    },
  };
}

/** Routes beside health and metrics; the points of each edge by themselves, for one rewind takes those of one. */
function pagesOf(
  attested: readonly AttestedJournal[],
  parts: { readonly watches: () => readonly JournalWatch[]; readonly reports: () => ReportWatch | undefined },
): ReadonlyMap<string, () => unknown> {
  return new Map<string, () => unknown>([
    ['/v1/halts', () => ({ halts: parts.watches().flatMap((watch) => watch.halt() ?? []) })],
    ...attested.map(({ journal, domain }, at): [string, () => unknown] => [
      `/v1/points/${journal.edgeId}`,
      () => ({ points: (parts.watches()[at]?.points() ?? []).map((one) => formatPoint({ ...one, domain })) }),
    ]),
    ['/v1/reports', () => parts.reports()?.signed() ?? { reports: [] }],
    ['/v1/report-inputs', () => parts.reports()?.files() ?? { files: [] }],
  ]);
}

/** Connects to aggregators under the name of this process. */
function connectorOf(process: string): (url: string) => AggregatorClient {
  return (url) => createAggregatorClient({ url, timeoutMs: AGGREGATOR_TIMEOUT_MS, process });
}

/** Parts of the watcher's readiness that other objects hold. */
function viewOf(parts: {
  readonly config: WatcherConfig;
  readonly opened: OpenAttester;
  readonly chains: readonly ChainWatch[];
  readonly permit: SigningPermit;
}): Omit<WatcherView, 'journals' | 'reports' | 'stuck' | 'nowMs'> {
  const { config, opened, chains, permit } = parts;
  const { history, attester, isMember } = opened;
  return {
    chains: chains.map(({ config: { chainId }, pooled, epochs }) => ({
      chainId,
      condition: pooled.condition(),
      epochs: epochs.view(),
    })),
    balances: chains.flatMap(({ balances }) => balances?.view() ?? []),
    refusal: permit.refusal,
    historyTrouble: history.trouble,
    sharedDevice: config.network.profile === 'production' && history.sameDevice,
    stranger: isMember ? undefined : attester.address,
  };
}

/** Starts making margin reports, if any protocol is named. */
function startReports(
  tools: Omit<Parameters<typeof watchReports>[0], 'settings' | 'settlement' | 'refusal'> & {
    readonly chains: ReadonlyMap<number, ChainWatch>;
    readonly permit: SigningPermit;
  },
  signal: AbortSignal,
): ReportWatch | undefined {
  const { config, chains, permit } = tools;
  const settings = config.reports;
  const settlement = chains.get(config.settlement.chainId);
  if (settings === undefined || settlement === undefined) return undefined;
  return watchReports({ ...tools, settings, settlement, refusal: () => permit.refusal }, signal);
}

/** The settlement chain, and each chosen chain with a vault: every one is the origin of journals and the destination of others. */
function watchedChains({ network, chainIds, settlement }: WatcherConfig): readonly ConfiguredChain[] {
  return network.chains.filter(({ chainId }) => chainId === settlement.chainId || chainIds.includes(chainId));
}

/** A journal's dependencies at the chains of its two ends. */
function portsOf(
  { journal, domain }: AttestedJournal,
  chains: ReadonlyMap<number, ChainWatch>,
): Pick<
  WatchJournalOptions,
  'chain' | 'heads' | 'journal' | 'frameLength' | 'domain' | 'epochs' | 'readReplica' | 'readHalt'
> {
  const { edge, edgeId } = journal;
  const origin = chains.get(Number(edge.originChainId));
  const destination = chains.get(Number(edge.destinationChainId));
  if (origin === undefined || destination === undefined) {
    throw new TypeError(
      `edge ${edgeId} connects ${edge.originChainId} and ${edge.destinationChainId}; expected both watched`,
    );
  }
  const reader = destination.destination;
  const readFinalTip = (): Promise<FinalBlock> => destination.pooled.readFinalTip();
  const replica = new DestinationReplica({ reader, readFinalTip, replica: edge.replica, edge: edgeId });
  return {
    chain: origin.pooled,
    heads: origin.heads,
    journal,
    frameLength: BigInt(origin.config.frameLength),
    domain,
    epochs: destination.epochs,
    readReplica: (signal) => replica.read(signal),
    readHalt: async (signal) => {
      const { block, name, isRewinding } = await replica.read(signal);
      const halt = await reader.readHalt({ attesterSet: domain.verifyingContract, edge: name, block }, signal);
      return { ...halt, name, isRewinding, timestamp: block.timestamp };
    },
  };
}
