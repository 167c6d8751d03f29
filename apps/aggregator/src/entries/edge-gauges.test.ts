import { type Bytes32, bytes32 } from '@surety/domain';
import { createMetrics } from '@surety/telemetry';
import type { KnownEdge } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import {
  type TestKey,
  TestJournal,
  testAccount,
  testEdge,
  testEpoch,
  testKey,
  testLock,
} from '../testing/test-attesters.js';
import { exposeEdgeGauges } from './edge-gauges.js';
import { EdgeViews } from './edge-views.js';

/** A vault on the ledger's own chain 99. */
const LOCAL: KnownEdge = { ...testEdge(69), source: 0 };
let test: TestApp;
let scrape: () => Promise<string>;

beforeEach(async () => {
  test = await startTestApp({ edges: [testEdge(), LOCAL] });
  const { registry } = createMetrics({ rules: [], defaults: false });
  exposeEdgeGauges(registry, { intake: test.intake, edges: test.app.get(EdgeViews, { strict: false }) });
  scrape = () => registry.metrics();
});

afterEach(() => test.close());

async function stagesOf(edge: Bytes32): Promise<Record<string, number>> {
  const series = (await scrape()).matchAll(/surety_stage_count_entries\{edge="(\w+)",stage="(\w+)"\} (\d+)/g);
  return Object.fromEntries(
    [...series].filter(([, of]) => of === edge).map(([, , stage, count]) => [stage, Number(count)]),
  );
}

describe('the gauge of stages', () => {
  it('has every stage of an edge from the start on, none attested where nobody signs', async () => {
    expect(await stagesOf(testEdge().edgeId)).toEqual({ seen: 0, final: 0, attested: 0, applied: 0 });
    expect(await stagesOf(LOCAL.edgeId)).toEqual({ seen: 0, final: 0, applied: 0 });
  });

  it('shows a final entry that nobody signed as such, with 0 where nothing is', async () => {
    const [poster] = test.keys as [TestKey];
    const journal = new TestJournal(testEdge()).append(testLock(testAccount(1), 5n), testLock(testAccount(2), 7n));
    await test.intake.postEntries(journal.posted(poster));
    const { edgeId } = testEdge();
    expect(await stagesOf(edgeId)).toEqual({ seen: 2, final: 2, attested: 0, applied: 0 });
  });

  it('falls with a reorganised replica and with a rewind', async () => {
    const { edgeId } = testEdge();
    const book = test.intake.book(edgeId);
    book?.noteApplied(3n);
    book?.noteApplied(2n);
    expect(await stagesOf(edgeId)).toMatchObject({ applied: 2 });
    const point = { count: 0n, head: edgeId };
    await test.intake.rewind(edgeId, { generation: 1, name: bytes32(`0x${'7e'.repeat(32)}`), point });
    expect(await stagesOf(edgeId)).toMatchObject({ applied: 0 });
  });
});

describe('the attesters of an edge after a rotation', () => {
  const NOW_S = 1_700_000_100n;
  const [OLD, NEW] = [testKey(1), testKey(9)];
  const lags = async (): Promise<Record<string, number>> => {
    const series = (await scrape()).matchAll(/surety_attester_lag_seconds\{edge="\w+",attester="(\w+)"\} (\d+)/g);
    return Object.fromEntries([...series].map(([, attester, lagS]) => [attester, Number(lagS)]));
  };
  const sign = async (keys: readonly TestKey[], asOf: bigint, epoch: number): Promise<void> => {
    const journal = new TestJournal(testEdge()).append(testLock(testAccount(1), 5n));
    const statement = journal.statement(1, { asOf, epoch });
    const outcomes = await test.intake.postStatements(keys.map((key) => journal.signed(key, statement)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(keys.map(() => 'stored'));
  };

  it('are the members now: whoever left is late in nothing, whoever came in nothing of before', async () => {
    const stay = test.keys.filter(({ address }) => address !== OLD.address);
    await sign(test.keys, NOW_S - 1_000n, 1);
    const epochs = [testEpoch(test.keys), testEpoch([...stay, NEW], 2, NOW_S - 100n)];
    await test.intake.useEpochs(testEdge().domain, epochs, 0n);
    test.clock.nowValueMs += 900_000;
    const members = epochs[1]?.members ?? [];
    expect(await lags()).toEqual(Object.fromEntries(members.map((one) => [one, 0])));
    await sign(stay, NOW_S, 2);
    test.clock.nowValueMs += 75_000;
    expect(await lags()).toEqual(Object.fromEntries(members.map((one) => [one, one === NEW.address ? 75 : 0])));
    const { edges } = (await test.app.inject({ method: 'GET', url: '/v1/edges' })).json<{
      edges: { attesters: { address: string }[] }[];
    }>();
    expect(edges[0]?.attesters.map(({ address }) => address)).toEqual(members);
  });
});
