import type { AddressInfo } from 'node:net';
import { loadAggregatorConfig } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { systemClock } from '@surety/process';
import { holdFolder, openStore } from '@surety/store';
import { DRIFT_RULES, createTelemetry } from '@surety/telemetry';
import {
  type FollowCondition,
  HealthWatch,
  Intake,
  SelfCheck,
  armCrashPoint,
  crashPoint,
  keepFolded,
  keepVaultFolded,
} from '@surety/workflows';
import { knownEdges, openChains } from './compose-chains.js';
import { openDriftWatch } from './compose-drift.js';
import { openFollowers } from './compose-followers.js';
import { composeViews } from './compose-views.js';
import { createApp } from './http/create-app.js';
import { EventFeed } from './http/event-feed.js';
import { AGGREGATOR_RULES } from './metric-rules.js';
import { createRecoverSigner } from './recover-signer.js';
import { tellFeed, tellHealth } from './tell-feed.js';
import { chainViews } from './views/chain-views.js';
import { namesOf } from './views/symbols.js';

/** A running aggregator. */
export interface RunningAggregator {
  readonly url: string;
  /** Ends requests and loops, then closes the database. */
  close(): Promise<void>;
}

/** Starts an aggregator from its environment. @throws configuration, database and port errors. */
export async function startAggregator(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RunningAggregator> {
  const config = loadAggregatorConfig(environment);
  armCrashPoint(config.crashAt, () => process.kill(process.pid, 'SIGKILL'));
  const clock = systemClock;
  const rules = [...AGGREGATOR_RULES, ...DRIFT_RULES];
  const telemetry = createTelemetry({ service: 'aggregator', level: config.logLevel, rules });
  const feed = new EventFeed(clock.nowMs());
  const observer = tellFeed(telemetry.observer, feed);
  // Its records of final blocks are this process's alone; a command that clears a halt refuses while it runs.
  const hold = holdFolder(config.stateDir);
  const store = await openStore(config.databaseUrl.reveal());
  const intake = new Intake({ store: store.intake, clock, observer, keccak256, recoverSigner: createRecoverSigner() });
  const edges = knownEdges(config);
  await intake.open(edges);
  crashPoint('aggregator.start.edges-opened');
  const chains = await openChains(config, { clock, observer });
  const { follower, reader, vaults } = await openFollowers(config, { store, intake, clock, observer, edges, chains });
  crashPoint('aggregator.start.follower-opened');
  const selfCheck = new SelfCheck({ reader, store: store.collateral, observer });
  const health = new HealthWatch({ reader, store: store.health, observer, tell: tellHealth(feed) });
  const { network } = config;
  const settlementChainId = config.settlement.chainId;
  const settlement = chains.get(settlementChainId);
  const follow = new ConditionHolder(feed, settlementChainId);
  const vaultFollows = vaults.map((vault) => new ConditionHolder(feed, vault.reader.chainId));
  const witnesses = openDriftWatch(config, { clock, observer, edges });
  const byChain = new Map(vaults.map((vault) => [vault.reader.chainId, vault]));
  const views = composeViews({
    profile: network.profile,
    names: namesOf(network),
    clock,
    store,
    intake,
    reader,
    follower,
    vaults: new Map(vaults.map((vault) => [vault.reader.known.edgeId, vault])),
    selfCheck,
    ...witnesses.views,
    condition: () => follow.condition,
    vaultConditions: () => new Map(vaultFollows.map((one) => [one.chainId, one.condition])),
    chains: () => chainViews({ network, settlementChainId, settlement, follower, vaults: byChain }),
  });
  const app = await createApp({ intake, ...views, feed, clock, observer, metrics: () => telemetry.registry.metrics() });
  await app.listen(config.http.port, config.http.host);
  const url = urlOf(config.http.host, app.getHttpServer().address() as AddressInfo);
  telemetry.announce(url);
  const stopping = new AbortController();
  const checks = [...chains.values()].map((chain) => chain.checkProviders(stopping.signal));
  const onChanged = (accounts: readonly string[]): void =>
    accounts.forEach((account) => feed.publish('margin', { account }));
  const onCondition = (next: FollowCondition): void => follow.set(next);
  const fold = { follower, selfCheck, health, clock, observer, onCondition, onChanged };
  const loops = [keepFolded(fold, stopping.signal), ...witnesses.run(stopping.signal)];
  vaults.forEach((vault, at) => {
    const told = (next: FollowCondition): void => vaultFollows[at]?.set(next);
    loops.push(keepVaultFolded({ follower: vault, clock, observer, onCondition: told }, stopping.signal));
  });
  const close = async (): Promise<void> => {
    stopping.abort();
    await app.close();
    await Promise.all(loops);
    await Promise.all(checks);
    await store.close();
    hold.release();
  };
  return { url, close };
}

/** Holds the last condition that the loop told, and tells streams when it becomes another one. */
class ConditionHolder {
  readonly #feed: EventFeed;
  readonly chainId: number;
  #condition: FollowCondition = { kind: 'starting' };

  constructor(feed: EventFeed, chainId: number) {
    this.#feed = feed;
    this.chainId = chainId;
  }

  get condition(): FollowCondition {
    return this.#condition;
  }

  set(condition: FollowCondition): void {
    const isNew = condition.kind !== this.#condition.kind;
    this.#condition = condition;
    if (!isNew) return;
    const code = condition.kind === 'failing' ? condition.code : null;
    this.#feed.publish('chain', { chainId: this.chainId, condition: condition.kind, code });
  }
}

function urlOf(host: string, { port }: AddressInfo): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
