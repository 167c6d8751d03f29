import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { WitnessEdgeView } from '@surety/api';
import { keccak256 } from '@surety/contracts';
import { type Store, openStore } from '@surety/store';
import {
  type Clock,
  DriftBoard,
  type FollowCondition,
  HealthWatch,
  Intake,
  type ObservedEvent,
  SelfCheck,
} from '@surety/workflows';
import { composeViews } from '../compose-views.js';
import { createApp } from '../http/create-app.js';
import { EventFeed } from '../http/event-feed.js';
import { createRecoverSigner } from '../recover-signer.js';
import { tellFeed, tellHealth } from '../tell-feed.js';
import { type CheckedAnswers, checkAnswers } from './check-answers.js';
import { type TestKey, testEdge, testKey } from './test-attesters.js';
import { type TestAppOptions, type TestFolding, openTestFollowers } from './test-followers.js';

/** An application for tests, on a database of its own. */
export interface TestApp extends TestFolding {
  readonly app: NestFastifyApplication;
  /** Undefined where the application is measured. */
  readonly answers: CheckedAnswers | undefined;
  readonly keys: readonly TestKey[];
  readonly intake: Intake;
  readonly store: Store;
  readonly selfCheck: SelfCheck;
  readonly health: HealthWatch;
  readonly drift: DriftBoard;
  readonly events: ObservedEvent[];
  readonly feed: EventFeed;
  readonly clock: Clock & { nowValueMs: number };
  condition: FollowCondition;
  /** What is read of witnesses. */
  readEdges: () => Promise<readonly WitnessEdgeView[]>;
  /** Ends it. @throws if it has served anything that its OpenAPI document does not tell. */
  close(): Promise<void>;
}

const START_MS = 1_700_000_100_000;

/** Starts an application with four attesters and one edge, without a port. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-aggregator-'));
  const keys = [1, 2, 3, 4].map(testKey);
  const known = options.edges ?? [testEdge()];
  const events: ObservedEvent[] = [];
  const clock = {
    nowValueMs: START_MS,
    nowMs: () => clock.nowValueMs,
    elapsedMs: () => clock.nowValueMs - START_MS,
    sleep: () => Promise.resolve(),
  };
  const feed = new EventFeed(0);
  const observer = tellFeed({ observe: (event) => void events.push(event) }, feed);
  const store = await openStore(options.databaseUrl ?? `sqlite:${join(folder, 'store.sqlite')}`);
  const intake = new Intake({ store: store.intake, clock, observer, keccak256, recoverSigner: createRecoverSigner() });
  const folding = await openTestFollowers(options, { known, keys, store, intake, clock, observer });
  const { reader, follower, vault } = folding;
  const selfCheck = new SelfCheck({ reader, store: store.collateral, observer });
  const health = new HealthWatch({ reader, store: store.health, observer, tell: tellHealth(feed) });
  const drift = new DriftBoard([{ source: 1, name: 'alpha', witnesses: ['layerzero', 'wormhole'] }]);
  const held: Pick<TestApp, 'condition' | 'readEdges'> = { condition: { kind: 'starting' }, readEdges: async () => [] };
  const views = composeViews({
    profile: 'development',
    names: { symbolOf: () => 'USDC', chainIdOf: (source) => 30 + source },
    clock,
    store,
    intake,
    reader,
    follower,
    vaults: new Map([[vault.reader.known.edgeId, vault]]),
    selfCheck,
    drift,
    vaultConditions: () => new Map(),
    condition: () => held.condition,
    chains: () => [],
    readEdges: () => held.readEdges(),
  });
  const app = await createApp({ intake, ...views, feed, clock, observer, metrics: async () => '# none\n' });
  const answers = options.measured === true ? undefined : checkAnswers(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return Object.assign(held, {
    app,
    answers,
    ...folding,
    keys,
    intake,
    store,
    selfCheck,
    health,
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
