import { type Bytes32, ENTRY_BYTES, type Keccak256 } from '@surety/domain';
import fc from 'fast-check';
import { createKeccak } from 'hash-wasm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeAggregator, unreachable } from '../testing/fake-aggregator.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeLedger, silentChain } from '../testing/fake-ledger.js';
import { JournalAggregator } from '../testing/journal-aggregator.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { EPOCH_EXPIRED_MS, LAG_PATIENCE_MS } from './limits.js';
import { replicaOfLedger } from './replica-of.js';
import { type RelayEdgeDeps, type RelayStatus, relayEdge, relayEdgeOnce } from './relay-edge.js';
import { freshRelayMemory } from './relay-memory.js';

const EDGE = `0x${'ab'.repeat(32)}` as Bytes32;
let keccak256: Keccak256;

beforeAll(async () => {
  const hasher = await createKeccak(256);
  keccak256 = (bytes) => hasher.init().update(bytes).digest('binary');
});

let aggregator: JournalAggregator;
let ledger: FakeLedger;
let clock: FakeClock;
let observer: RecordingObserver;
let reports: RelayStatus[];

beforeEach(() => {
  aggregator = new JournalAggregator(EDGE, keccak256);
  ledger = new FakeLedger({ edge: EDGE, source: 1, keccak256 });
  clock = new FakeClock();
  observer = new RecordingObserver();
  reports = [];
});

function deps(extra: Partial<RelayEdgeDeps> = {}): RelayEdgeDeps {
  return {
    source: 1,
    edge: EDGE,
    nameOf: () => EDGE,
    direction: 'to-ledger',
    sources: [aggregator],
    replica: replicaOfLedger(ledger, 1),
    clock,
    observer,
    policy: { pollIntervalMs: 1_000, gasCeiling: 8_000_000n, refreshShareBps: 5_000 },
    report: (status) => reports.push(status),
    ...extra,
  };
}

/** Runs passes until nothing is left to do. */
async function drain(options = deps(), memory = freshRelayMemory()): Promise<void> {
  for (let pass = 0; pass < 200; pass++) {
    if ((await relayEdgeOnce(options, memory)).kind === 'idle') return;
  }
  throw new Error('the loop found no end');
}

describe('published counts', () => {
  it('are marked by the batch that applies them, and by no other', async () => {
    aggregator.grow(5, 10n);
    const published = [3n, 9n];
    await drain(deps({ published: async () => published }));
    expect(ledger.marked).toEqual([3n]);
    aggregator.grow(5, 20n);
    await drain(deps({ published: async () => published }));
    expect(ledger.marked).toEqual([3n, 9n]);
  });

  it('record a conflict if a witness has another head, with an alarm, and the batch follows', async () => {
    aggregator.grow(5, 10n);
    ledger.contradicting = true;
    const memory = freshRelayMemory();
    const own = deps({ published: async () => [3n] });
    expect(await relayEdgeOnce(own, memory)).toEqual({ kind: 'contradicted' });
    expect(observer.events).toMatchObject([{ name: 'batch-contradicted', level: 'error', fields: { count: 5n } }]);
    expect((await relayEdgeOnce(own, memory)).kind).toBe('applied');
  });

  it('do not block a batch that only fits without marks', async () => {
    aggregator.grow(1, 10n);
    ledger.markGas = ledger.gasCeiling;
    await drain(deps({ published: async () => [1n] }));
    expect(ledger.applied).toEqual([{ from: 0n, to: 1n }]);
    expect(ledger.marked).toEqual([]);
  });

  it('are lost to another relayer like the batch itself', async () => {
    aggregator.grow(5, 10n);
    aggregator.grow(5, 20n);
    const { head } = aggregator.state(5n, { tip: 5n, asOf: 10n }).statement;
    ledger.beforeBlock = () => void (ledger.position = { count: 5n, head });
    expect((await relayEdgeOnce(deps({ published: async () => [3n] }), freshRelayMemory())).kind).toBe('overtaken');
  });
});

describe('a rotation of the attesters', () => {
  it('continues with restated cuts, past statements of the expired epoch', async () => {
    aggregator.grow(64, 10n);
    aggregator.grow(40, 20n);
    const [cut, tip] = aggregator.attested as [(typeof aggregator.attested)[0], (typeof aggregator.attested)[0]];
    // The cut was restated under the next epoch, the head above it was not.
    aggregator.attested = [{ ...cut, statement: { ...cut.statement, tip: 104n, asOf: 700n, epoch: 2 } }, tip];
    const ledgerPort = replicaOfLedger(ledger, 1);
    const replica = {
      ...ledgerPort,
      apply: async (...args: Parameters<typeof ledgerPort.apply>) =>
        args[0].attested.statement.epoch === 1
          ? ({ kind: 'refused', name: 'EpochExpired', detail: 'EpochExpired()' } as const)
          : ledgerPort.apply(...args),
    };
    const memory = freshRelayMemory();
    expect(await relayEdgeOnce(deps({ replica }), memory)).toMatchObject({ kind: 'refused', code: 'EpochExpired' });
    expect(await relayEdgeOnce(deps({ replica }), memory)).toMatchObject({ kind: 'applied', to: 64n });
    expect(await relayEdgeOnce(deps({ replica }), memory)).toEqual({ kind: 'idle' });
  });
});

describe('a relay pass refuses', () => {
  it('a ledger that names another edge', async () => {
    const other = deps({ nameOf: () => `0x${'cd'.repeat(32)}` as Bytes32 });
    await expect(relayEdgeOnce(other, freshRelayMemory())).rejects.toMatchObject({
      code: 'EDGE_MISMATCH',
      retryable: false,
    });
  });

  it('to send anything to a source that accepts no entries', async () => {
    aggregator.grow(3, 1_000n);
    ledger.state = 'QUARANTINED';
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toMatchObject({ kind: 'refused', code: 'SOURCE_CLOSED' });
    expect(ledger.applied).toEqual([]);
  });

  it('a source that returns fewer entries than it promised', async () => {
    aggregator.grow(3, 1_000n);
    aggregator.packed = aggregator.packed.slice(ENTRY_BYTES);
    await expect(relayEdgeOnce(deps(), freshRelayMemory())).rejects.toMatchObject({
      code: 'BAD_ENTRIES',
      retryable: true,
    });
  });

  it('forged entries by simulation: nothing is applied', async () => {
    aggregator.grow(3, 1_000n);
    aggregator.packed[5] = 255;
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toMatchObject({ kind: 'refused', code: 'HeadMismatch' });
    expect(ledger.applied).toEqual([]);
  });

  it('to work without a source', async () => {
    await expect(relayEdgeOnce(deps({ sources: [] }), freshRelayMemory())).rejects.toMatchObject({
      code: 'NO_SOURCE',
    });
  });
});

describe('a relay pass', () => {
  it('applies 200 entries in attested steps within the gas ceiling', async () => {
    aggregator.grow(200, 1_000n);
    await drain();
    expect(ledger.applied).toEqual([
      { from: 0n, to: 128n },
      { from: 128n, to: 200n },
    ]);
    expect(ledger.asOf).toBe(1_000n);
  });

  it('halves a batch that uses more gas than planned, down to one cut, and grows again', async () => {
    aggregator.grow(200, 1_000n);
    ledger.entryGas = 120_000n;
    await drain();
    expect(ledger.applied.map(({ to }) => to)).toEqual([64n, 128n, 192n, 200n]);
    expect(observer.named('batch-shrunk').length).toBeGreaterThan(0);
  });

  it('reports a step that no gas limit can hold, and keeps serving the edge', async () => {
    aggregator.grow(200, 1_000n);
    aggregator.attested = aggregator.attested.filter(({ statement }) => statement.count === statement.tip);
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toMatchObject({ kind: 'refused', code: 'BATCH_BLOCKED' });
  });

  it('refuses a single entry that uses more gas than allowed, instead of retrying it without a pause', async () => {
    aggregator.grow(1, 1_000n);
    ledger.entryGas = ledger.gasCeiling + 1n;
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toMatchObject({
      kind: 'refused',
      code: 'GAS_ABOVE_CEILING',
    });
  });

  it('treats a lost race as an expected outcome, before and after sending', async () => {
    aggregator.grow(10, 1_000n);
    const rival = freshRelayMemory();
    ledger.beforeBlock = () => {
      ledger.beforeBlock = undefined;
      ledger.position = { count: 10n, head: aggregator.state(10n, { tip: 10n, asOf: 1_000n }).statement.head };
    };
    expect(await relayEdgeOnce(deps(), rival)).toEqual({ kind: 'overtaken' });
    expect(ledger.applied).toEqual([]);
    expect(observer.events.every(({ level }) => level === 'debug')).toBe(true);
  });

  it('waits for a provider that lags behind the landed count, and believes it after a while', async () => {
    aggregator.grow(10, 1_000n);
    const memory = freshRelayMemory();
    expect(await relayEdgeOnce(deps(), memory)).toEqual({ kind: 'applied', from: 0n, to: 10n });
    ledger.position = { count: 0n, head: EDGE };
    expect(await relayEdgeOnce(deps(), memory)).toEqual({ kind: 'lagging' });
    expect(ledger.applied).toHaveLength(1);
    await clock.advance(LAG_PATIENCE_MS);
    ledger.asOf = 0n;
    expect(await relayEdgeOnce(deps(), memory)).toEqual({ kind: 'applied', from: 0n, to: 10n });
  });

  it('posts heartbeats from half of staleAfter on, not before, and never for another position', async () => {
    aggregator.grow(10, 1_000n);
    await drain();
    aggregator.attested.push(aggregator.state(10n, { tip: 10n, asOf: 1_600n }));
    ledger.timestamp = 1_000n + 2_699n;
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toEqual({ kind: 'idle' });
    ledger.timestamp += 1n;
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toEqual({ kind: 'refreshed', asOf: 1_600n });
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toEqual({ kind: 'idle' });
    expect(ledger.refreshed).toEqual([1_600n]);
  });

  it('posts no heartbeat for a cut, or for a head that is not the replica’s', async () => {
    aggregator.grow(64, 1_000n);
    await drain();
    ledger.timestamp = 10_000n;
    const forged = aggregator.state(64n, { tip: 64n, asOf: 9_000n });
    aggregator.attested.push(aggregator.state(64n, { tip: 70n, asOf: 9_000n }));
    aggregator.attested.push({ ...forged, statement: { ...forged.statement, head: EDGE } });
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toEqual({ kind: 'idle' });
  });

  it('applies each entry once, however two relayers interleave, restart and race (I7)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 150 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.record({ who: fc.nat({ max: 1 }), restart: fc.boolean(), race: fc.boolean() }), { maxLength: 30 }),
        async (steps, schedule) => {
          aggregator = new JournalAggregator(EDGE, keccak256);
          ledger = new FakeLedger({ edge: EDGE, source: 1, keccak256 });
          const memories = [freshRelayMemory(), freshRelayMemory()];
          const growth = steps.map((entries, at) => () => aggregator.grow(entries + 1, 1_000n + BigInt(at)));
          growth.shift()?.();
          for (const { who, restart, race } of schedule) {
            if (restart) memories[who] = freshRelayMemory();
            growth.shift()?.();
            const memory = memories[who] ?? freshRelayMemory();
            const rival = race ? relayEdgeOnce(deps(), memories[1 - who] ?? freshRelayMemory()) : undefined;
            await Promise.all([relayEdgeOnce(deps(), memory), rival]);
          }
          while (growth.length > 0) growth.shift()?.();
          await drain(deps(), memories[0]);
          const total = BigInt(aggregator.packed.length / ENTRY_BYTES);
          expect(ledger.position).toMatchObject({
            count: total,
            head: aggregator.state(total, { tip: total, asOf: 0n }).statement.head,
          });
          ledger.applied.forEach(({ from }, at) => expect(from).toBe(ledger.applied[at - 1]?.to ?? 0n));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a relay loop', () => {
  it('backs off while nothing responds, tries the next provider and aggregator, and recovers', async () => {
    const dead = new FakeAggregator(EDGE);
    dead.failure = unreachable();
    aggregator.grow(5, 1_000n);
    ledger.failure = silentChain();
    const stop = new AbortController();
    clock.setBack(86_400_000);
    const loop = relayEdge(deps({ sources: [dead, aggregator] }), stop.signal);
    await clock.advance(0);
    expect(reports.at(-1)).toMatchObject({ problem: { code: 'RPC_UNAVAILABLE' }, passedAtMs: clock.elapsedMs() });
    expect(ledger.distrusted).toBe(1);
    await clock.advance(2_000);
    expect(ledger.applied).toEqual([{ from: 0n, to: 5n }]);
    await clock.advance(60_000);
    expect(reports.some(({ problem }) => problem?.code === 'AGGREGATOR_UNREACHABLE')).toBe(true);
    stop.abort();
    await loop;
    expect(reports.filter(({ problem }) => problem === null).at(-1)).toMatchObject({ count: 5n, attestedCount: 5n });
  });

  it('reports a persistent problem once, and again after it was resolved', async () => {
    aggregator.failure = unreachable();
    const stop = new AbortController();
    const loop = relayEdge(deps(), stop.signal);
    const levels = (): string[] => observer.named('relay-failed').map(({ level }) => level);
    await clock.advance(20_000);
    expect([levels()[0], new Set(levels().slice(1))]).toEqual(['warn', new Set(['debug'])]);
    aggregator.failure = undefined;
    await clock.advance(10_000);
    observer.events.length = 0;
    aggregator.failure = unreachable();
    await clock.advance(1_000);
    stop.abort();
    await loop;
    expect(levels()[0]).toBe('warn');
  });

  it('leaves a provider that shows less than the landed count, so that nothing is sent on stale reads', async () => {
    aggregator.grow(5, 1_000n);
    const stop = new AbortController();
    const loop = relayEdge(deps(), stop.signal);
    await clock.advance(0);
    expect(ledger.applied).toHaveLength(1);
    const landed = ledger.position;
    ledger.position = { count: 0n, head: EDGE };
    ledger.distrustProvider = () => (ledger.position = landed);
    await clock.advance(3_000);
    stop.abort();
    await loop;
    expect(ledger.applied).toHaveLength(1);
    expect(ledger.position.count).toBe(5n);
  });

  it('ends when it is configured for another ledger, by every provider', async () => {
    const other = deps({ nameOf: () => `0x${'cd'.repeat(32)}` as Bytes32 });
    let left = 0;
    ledger.distrustProvider = () => (left += 1);
    const ended = relayEdge(other, new AbortController().signal).catch((error: unknown) => error);
    await clock.advance(120_000);
    expect(await ended).toMatchObject({ code: 'EDGE_MISMATCH' });
    expect(left).toBeGreaterThan(8);
  });

  it('survives a provider that once claims that an epoch has expired', async () => {
    aggregator.grow(5, 1_000n);
    const honest = ledger.apply.bind(ledger);
    let lies = 0;
    ledger.apply = async (batch) =>
      lies++ === 0 ? { kind: 'refused', name: 'EpochExpired', detail: 'EpochExpired()' } : honest(batch);
    const stop = new AbortController();
    const loop = relayEdge(deps(), stop.signal);
    await clock.advance(EPOCH_EXPIRED_MS - 1_000);
    expect(ledger.position.count).toBe(0n);
    await clock.advance(10_000);
    stop.abort();
    await loop;
    expect(ledger.position.count).toBe(5n);
  });

  it('survives a provider that names another edge', async () => {
    aggregator.grow(5, 1_000n);
    const honest = ledger.readReplica.bind(ledger);
    ledger.readReplica = async (source) => ({ ...(await honest(source)), edge: `0x${'cd'.repeat(32)}` as Bytes32 });
    ledger.distrustProvider = () => (ledger.readReplica = honest);
    const stop = new AbortController();
    const loop = relayEdge(deps(), stop.signal);
    await clock.advance(10_000);
    stop.abort();
    await loop;
    expect(ledger.position.count).toBe(5n);
  });
});
