import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { keccak256 } from '@surety/contracts';
import { type Store, openStore } from '@surety/store';
import {
  type Clock,
  type EntriesWanted,
  type FollowCondition,
  Intake,
  type KnownEdge,
  LedgerFollower,
  type LocatedEntries,
  type ObservedEvent,
  SelfCheck,
} from '@surety/workflows';
import { composeViews } from '../compose-views.js';
import { createApp } from '../http/create-app.js';
import { EventFeed } from '../http/event-feed.js';
import { createRecoverSigner } from '../recover-signer.js';
import { tellFeed } from '../tell-feed.js';
import { FakeSettlementReader } from './fake-settlement-reader.js';
import { TestJournal, type TestKey, testEdge, testEpoch, testKey } from './test-attesters.js';

/** An application for tests, on a database of its own. */
export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly keys: readonly TestKey[];
  readonly journal: TestJournal;
  readonly intake: Intake;
  readonly store: Store;
  readonly reader: FakeSettlementReader;
  readonly follower: LedgerFollower;
  readonly selfCheck: SelfCheck;
  readonly events: ObservedEvent[];
  readonly feed: EventFeed;
  readonly clock: Clock & { nowValueMs: number };
  /** Entries that the origin chain would give. */
  readonly origin: { entries: LocatedEntries | undefined; wanted: EntriesWanted | undefined };
  condition: FollowCondition;
  close(): Promise<void>;
}

/** What a test application is started with. */
export interface TestAppOptions {
  readonly edges?: readonly KnownEdge[];
  /** Edges that are known only once the ledger lists them. */
  readonly late?: readonly KnownEdge[];
  /** A database to use instead of an own one; it stays. */
  readonly databaseUrl?: string;
  /** A settlement chain that another application reads too. */
  readonly reader?: FakeSettlementReader;
}

/** Starts an application with four attesters and one edge, without a port. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-aggregator-'));
  const keys = [1, 2, 3, 4].map(testKey);
  const known = options.edges ?? [testEdge()];
  const events: ObservedEvent[] = [];
  const clock = { nowValueMs: 1_700_000_100_000, nowMs: () => clock.nowValueMs, sleep: () => Promise.resolve() };
  const feed = new EventFeed(0);
  const observer = tellFeed({ observe: (event) => void events.push(event) }, feed);
  const store = await openStore(options.databaseUrl ?? `sqlite:${join(folder, 'store.sqlite')}`);
  const intake = new Intake({ store: store.intake, clock, observer, keccak256, recoverSigner: createRecoverSigner() });
  intake.useEpochs([testEpoch(keys)]);
  await intake.open(known);
  const reader = options.reader ?? new FakeSettlementReader();
  reader.epochs = [testEpoch(keys)];
  const origin: TestApp['origin'] = { entries: undefined, wanted: undefined };
  const follower = new LedgerFollower({
    reader,
    intake,
    clock,
    observer,
    fromBlock: 1n,
    edgeOf: ({ edge }) => [...known, ...(options.late ?? [])].find((one) => one.edgeId === edge),
    entries: {
      readEntriesAfter: async (wanted) => {
        origin.wanted = wanted;
        return origin.entries;
      },
      release: () => undefined,
    },
    store: store.collateral,
    intakeStore: store.intake,
  });
  await follower.open();
  const selfCheck = new SelfCheck({ reader, store: store.collateral, observer });
  const held: { condition: FollowCondition } = { condition: { kind: 'starting' } };
  const views = composeViews({
    profile: 'development',
    names: { symbolOf: () => 'USDC', chainIdOf: (source) => 30 + source },
    clock,
    store,
    intake,
    follower,
    selfCheck,
    condition: () => held.condition,
    chains: () => [],
  });
  const app = await createApp({ intake, ...views, feed, clock, observer, metrics: async () => '# none\n' });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const journal = new TestJournal(known[0] ?? testEdge());
  return Object.assign(held, {
    app,
    keys,
    journal,
    intake,
    store,
    reader,
    follower,
    selfCheck,
    events,
    feed,
    clock,
    origin,
    close: async () => {
      await app.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
