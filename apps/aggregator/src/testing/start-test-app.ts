import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { MarketView, WitnessEdgeView } from '@surety/api';
import { type Bytes32, ZERO_WORD, address, blockHash } from '@surety/domain';
import { type Store, openStore } from '@surety/store';
import {
  type Clock,
  DriftBoard,
  HealthWatch,
  Intake,
  JournalRefill,
  LedgerFollower,
  type ObservedEvent,
  SelfCheck,
  type VaultFollower,
} from '@surety/workflows';
import type { ReadProtocols } from '../accounts/protocol-reader.js';
import type { ReadAuctions } from '../auctions/auction-reader.js';
import { EventFeed } from '../events/event-feed.js';
import { tellFeed } from '../events/tell-feed.js';
import { createApp } from '../http/create-app.js';
import { FollowStates } from '../projections/follow-states.js';
import type { ProveSolvency } from '../proofs/solvency-prover.js';
import { TOKENS } from '../tokens.js';
import type { DriftSource } from '../witnesses/witnesses-module.js';
import { type CheckedAnswers, checkAnswers } from './check-answers.js';
import { type TestKey, testEdge, testEpoch, testKey } from './test-attesters.js';
import { type TestAppOptions, type TestChains, testChains } from './test-chains.js';

/** An application for tests, on a database of its own. */
export interface TestApp extends TestChains {
  readonly app: NestFastifyApplication;
  /** Undefined where the application is measured. */
  readonly answers: CheckedAnswers | undefined;
  readonly keys: readonly TestKey[];
  readonly intake: Intake;
  readonly follower: LedgerFollower;
  /** Reads again what books of the ledger's journals lack; a test runs it. */
  readonly refill: JournalRefill;
  /** Follows the vault of source 1; nothing opens it before a test does. */
  readonly vault: VaultFollower;
  readonly store: Store;
  readonly selfCheck: SelfCheck;
  readonly health: HealthWatch;
  readonly states: FollowStates;
  readonly drift: DriftBoard;
  readonly events: ObservedEvent[];
  readonly feed: EventFeed;
  readonly clock: Clock & { nowValueMs: number; setBackMs: number };
  /** Reader of witnesses. */
  readEdges: () => Promise<readonly WitnessEdgeView[]>;
  /** Reader of markets. */
  readMarkets: () => Promise<readonly MarketView[]>;
  /** Reader of an account's protocols. */
  readProtocols: ReadProtocols;
  /** Reader of auctions. */
  readAuctions: ReadAuctions;
  /** Prover of solvency. */
  proveSolvency: ProveSolvency;
  /** Ends it. @throws if it has served anything that its OpenAPI document does not tell. */
  close(): Promise<void>;
}

const START_MS = 1_700_000_100_000;

/** Readers of chains unless a test gives others. */
const NOTHING_READ: Pick<TestApp, 'readEdges' | 'readMarkets' | 'readProtocols' | 'readAuctions' | 'proveSolvency'> = {
  readEdges: async () => [],
  readMarkets: async () => [],
  readProtocols: async (account) => ({
    account,
    block: { height: 0n, timestamp: 0n },
    netWad: 0n,
    linesWad: 0n,
    burdensWad: 0n,
    protocols: [],
  }),
  readAuctions: async () => [],
  proveSolvency: async () => ({
    kind: 'solvency',
    settlement: {
      chainId: 900,
      ledger: address(`0x${'00'.repeat(20)}`),
      block: blockHash(ZERO_WORD),
      header: '0xc0',
      account: [],
      slots: [],
    },
    vaults: [],
  }),
};

/** What every application is told. */
const CONFIGURED: readonly (readonly [symbol, unknown])[] = [
  [TOKENS.metrics, async () => '# none\n'],
  [TOKENS.profile, 'development'],
  [TOKENS.names, { symbolOf: () => 'USDC', chainIdOf: (source: number) => 30 + source }],
  [TOKENS.webhookSettings, null],
];

/** Provides values in place of the process, the database and the chains. */
@Module({})
class TestWorld {
  static of(values: ReadonlyMap<symbol | Type, unknown>): DynamicModule {
    const providers = [...values].map(([provide, useValue]) => ({ provide, useValue }));
    return { module: TestWorld, global: true, providers, exports: [...values.keys()] };
  }
}

/** A clock that a test moves by hand; its time of day can be set back, its elapsed time cannot. */
function startClock(): TestApp['clock'] {
  const clock = {
    nowValueMs: START_MS,
    setBackMs: 0,
    nowMs: () => clock.nowValueMs - clock.setBackMs,
    elapsedMs: () => clock.nowValueMs - START_MS,
    sleep: () => Promise.resolve(),
  };
  return clock;
}

/** Starts an application with four attesters and one edge, without a port. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-aggregator-'));
  const keys = [1, 2, 3, 4].map(testKey);
  const known = options.edges ?? [testEdge()];
  const events: ObservedEvent[] = [];
  const clock = startClock();
  const feed = new EventFeed(0);
  const store = await openStore(options.databaseUrl ?? `sqlite:${join(folder, 'store.sqlite')}`);
  const chains = testChains(options, { known, keys });
  const drift = new DriftBoard([{ source: 1, name: 'alpha', witnesses: ['layerzero', 'wormhole'] }]);
  const held = { ...NOTHING_READ };
  const world = new Map<symbol | Type, unknown>([
    [TOKENS.clock, clock],
    [TOKENS.observer, tellFeed({ observe: (event) => void events.push(event) }, feed)],
    ...CONFIGURED,
    [TOKENS.store, store],
    [TOKENS.listedChains, chains.listed],
    [TOKENS.ledgerSource, chains.ledgerSource],
    [TOKENS.vaultSources, chains.vaultSources],
    [TOKENS.driftSource, { comparers: [], intervalMs: 1 } satisfies DriftSource],
    [TOKENS.readEdges, () => held.readEdges()],
    [TOKENS.ledgerAsker, chains.asker],
    [TOKENS.readMarkets, () => held.readMarkets()],
    [TOKENS.readProtocols, (account: Bytes32) => held.readProtocols(account)],
    [TOKENS.readAuctions, (accounts: readonly Bytes32[]) => held.readAuctions(accounts)],
    [TOKENS.proveSolvency, () => held.proveSolvency()],
    [EventFeed, feed],
    [DriftBoard, drift],
  ]);
  const { corsOrigins = 'any', trustedProxies = ['loopback'] } = options;
  const app = await createApp([TestWorld.of(world)], { corsOrigins, trustedProxies });
  const find = <Part>(part: symbol | (abstract new (...parts: never[]) => Part)): Part =>
    app.get(part, { strict: false });
  const [intake, follower] = [find(Intake), find(LedgerFollower)];
  await intake.useEpochs((known[0] ?? testEdge()).domain, [testEpoch(keys)], 0n);
  await intake.open(known);
  await follower.open();
  const [vault] = find<ReadonlyMap<Bytes32, VaultFollower>>(TOKENS.vaults).values();
  const answers = options.measured === true ? undefined : checkAnswers(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return Object.assign(held, {
    ...chains,
    app,
    answers,
    keys,
    intake,
    follower,
    refill: find(JournalRefill),
    vault: vault as VaultFollower,
    store,
    selfCheck: find(SelfCheck),
    health: find(HealthWatch),
    states: find(FollowStates),
    drift,
    events,
    feed,
    clock,
    close: async () => {
      await app.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
      if (answers !== undefined && answers.misfits.length > 0) throw new Error(answers.misfits.join('\n'));
    },
  });
}
