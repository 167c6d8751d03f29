import { setMaxListeners } from 'node:events';
import { createAggregatorClient } from '@surety/client';
import { type Environment, type WatcherConfig, loadWatcherConfig } from '@surety/config';
import { address } from '@surety/domain';
import { type LogDestination, WATCHER_RULES, createTelemetry, startHealthServer } from '@surety/telemetry';
import { type Clock, SigningPermit, armCrashPoint, crashPoint } from '@surety/workflows';
import { journalOf } from './journal-of.js';
import { openAttester } from './open-attester.js';
import { type ConfiguredChain, originChainOf } from './origin-chain-of.js';
import { watcherReadiness } from './readiness.js';
import { type JournalWatch, type NamedAggregator, watchJournal } from './watch-journal.js';

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

/** The process's time. */
const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, durationMs);
      signal?.addEventListener('abort', end);
    }),
};

/** Starts a watcher from the environment: its key, its stores, its chains, its loops and its health server. */
export async function startWatcher(environment: Environment, destination?: LogDestination): Promise<Watcher> {
  const config = loadWatcherConfig(environment);
  armCrashPoint(config.crashAt, () => process.kill(process.pid, 'SIGKILL'));
  const telemetry = createTelemetry({
    service: 'watcher',
    level: config.logLevel,
    rules: WATCHER_RULES,
    ...(destination === undefined ? {} : { destination }),
  });
  const { observer } = telemetry;
  const clock = systemClock;
  const opened = await openAttester(config);
  const { attester, history, log } = opened;
  crashPoint('watcher.start.opened');
  const permit = new SigningPermit();
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const chains = await Promise.all(
    watchedChains(config).map(async (chain) => ({
      chain,
      reader: await originChainOf(config, chain, { clock, observer }),
    })),
  );
  const domain = {
    chainId: BigInt(config.settlement.chainId),
    verifyingContract: address(config.settlement.attesterSet),
  };
  const epochs = { readEpochs: async () => [{ epoch: config.attesters.epoch, activeFrom: 0n }] };
  const aggregators = config.aggregatorUrls.map(connectAggregator);
  const tools = { domain, epochs, attester, history, permit, log, aggregators, clock, observer };
  let watches: readonly JournalWatch[] = [];
  const health = await startHealthServer({
    ...config.http,
    registry: telemetry.registry,
    readiness: () =>
      watcherReadiness({
        chains: watches.map((watch) => watch.view()),
        refusal: permit.refusal,
        historyTrouble: history.trouble,
        stranger: opened.isMember ? undefined : attester.address,
        nowMs: clock.nowMs(),
      }),
  });
  watches = chains.map(({ chain, reader }) =>
    watchJournal(
      { ...tools, chain: reader, journal: journalOf(config, chain), frameLength: BigInt(chain.frameLength) },
      stopping.signal,
    ),
  );
  telemetry.announce(health.url);
  observer.observe({
    name: 'watcher-started',
    level: 'info',
    fields: { attester: attester.address, chains: chains.length },
  });
  const checks = chains.map(({ reader }) => reader.checkProviders(stopping.signal).then(() => undefined));
  const done = Promise.all([...watches.map((watch) => watch.done), ...checks]);
  return {
    url: health.url,
    failed: done.then(() => new Promise<never>(() => {})),
    stop: async () => {
      stopping.abort();
      await done;
      await health.close();
      opened.close();
    },
  };
}

function connectAggregator(url: string): NamedAggregator {
  const api = createAggregatorClient({ url, timeoutMs: AGGREGATOR_TIMEOUT_MS });
  return { name: api.origin, api };
}

function watchedChains(config: WatcherConfig): ConfiguredChain[] {
  return config.network.chains.filter(({ chainId, vault }) => config.chainIds.includes(chainId) && vault?.source !== 0);
}
