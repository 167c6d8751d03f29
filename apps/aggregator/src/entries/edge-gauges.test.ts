import { type Bytes32, bytes32 } from '@surety/domain';
import { createMetrics } from '@surety/telemetry';
import type { KnownEdge } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { type TestKey, TestJournal, testAccount, testEdge, testLock } from '../testing/test-attesters.js';
import { exposeEdgeGauges } from './edge-gauges.js';

/** A vault on the ledger's own chain 99. */
const LOCAL: KnownEdge = { ...testEdge(69), source: 0 };
let test: TestApp;
let scrape: () => Promise<string>;

beforeEach(async () => {
  test = await startTestApp({ edges: [testEdge(), LOCAL] });
  const { registry } = createMetrics({ rules: [], defaults: false });
  exposeEdgeGauges(registry, test);
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
