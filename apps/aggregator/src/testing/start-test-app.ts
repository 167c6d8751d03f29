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
  VaultFollower,
} from '@surety/workflows';
import { composeViews } from '../compose-views.js';
import { createApp } from '../http/create-app.js';
import { EventFeed } from '../http/event-feed.js';
import { createRecoverSigner } from '../recover-signer.js';
import { tellFeed } from '../tell-feed.js';
import { FakeSettlementReader } from './fake-settlement-reader.js';
import { FakeVaultReader } from './fake-vault-reader.js';
import { TestJournal, type TestKey, testEdge, testEdgeToVault, testEpoch, testKey } from './test-attesters.js';

/** An application for tests, on a database of its own. */
export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly keys: readonly TestKey[];
  readonly journal: TestJournal;
  readonly intake: Intake;
  readonly store: Store;
  /** The ledger's journal toward the vault of source 1. */
  readonly releases: TestJournal;
  readonly reader: FakeSettlementReader;
  readonly vaultReader: FakeVaultReader;
  readonly follower: LedgerFollower;
  /** Follows that vault; nothing opens it before a test does. */
  readonly vault: VaultFollower;
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
  /** A vault's chain, with its releases, that another application reads too. */
  readonly vaultReader?: FakeVaultReader;
  readonly releases?: TestJournal;
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
  const toVault = testEdgeToVault();
  intake.useEpochs((known[0] ?? testEdge()).domain, [testEpoch(keys)]);
  await intake.open(known);
  const reader = options.reader ?? new FakeSettlementReader();
  reader.epochs = [testEpoch(keys)];
  const journal = new TestJournal(known[0] ?? testEdge());
  if (options.reader === undefined) reader.entriesOf = (_, from, to) => journal.packed(Number(from), Number(to));
  const releases = options.releases ?? new TestJournal(toVault);
  const vaultReader =
    options.vaultReader ?? new FakeVaultReader(toVault, ({ from, to }) => releases.packed(Number(from), Number(to)));
  vaultReader.epochs = [testEpoch(keys)];
  const origin: TestApp['origin'] = { entries: undefined, wanted: undefined };
  const follower = new LedgerFollower({
    reader,
    intake,
    clock,
    observer,
    fromBlock: 1n,
    keccak256,
    edgesOf: ({ edge, outboundEdge }) =>
      [...known, ...(options.late ?? []), toVault].filter((one) => [edge, outboundEdge].includes(one.edgeId)),
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
  const vault = new VaultFollower({
    reader: vaultReader,
    intake,
    clock,
    observer,
    keccak256,
    fromBlock: 1n,
    entries: { readEntriesAfter: async () => undefined, release: () => undefined },
    store: store.payments,
    intakeStore: store.intake,
  });
  const selfCheck = new SelfCheck({ reader, store: store.collateral, observer });
  const held: { condition: FollowCondition } = { condition: { kind: 'starting' } };
  const views = composeViews({
    profile: 'development',
    names: { symbolOf: () => 'USDC', chainIdOf: (source) => 30 + source },
    clock,
    store,
    intake,
    reader,
    follower,
    vaults: new Map([[toVault.edgeId, vault]]),
    selfCheck,
    vaultConditions: () => new Map(),
    condition: () => held.condition,
    chains: () => [],
  });
  const app = await createApp({ intake, ...views, feed, clock, observer, metrics: async () => '# none\n' });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return Object.assign(held, {
    app,
    keys,
    journal,
    intake,
    store,
    releases,
    reader,
    vaultReader,
    follower,
    vault,
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
