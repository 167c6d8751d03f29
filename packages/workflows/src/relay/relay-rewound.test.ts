import { type Bytes32, ENTRY_BYTES, foldHeads } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeLedger } from '../testing/fake-ledger.js';
import { JournalAggregator } from '../testing/journal-aggregator.js';
import { keccak256 } from '../testing/ledger-facts.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { replicaOfLedger } from './replica-of.js';
import { type RelayEdgeDeps, relayEdgeOnce } from './relay-edge.js';
import { freshRelayMemory } from './relay-memory.js';

const EDGE = `0x${'ab'.repeat(32)}` as Bytes32;
/** Name of the edge after the rewind. */
const RENAMED = `0x${'ef'.repeat(32)}` as Bytes32;
const NAMES = [EDGE, RENAMED];
let aggregator: JournalAggregator;
let ledger: FakeLedger;

beforeEach(() => {
  aggregator = new JournalAggregator(EDGE, keccak256);
  ledger = new FakeLedger({ edge: EDGE, source: 1, keccak256 });
});

function deps(): RelayEdgeDeps {
  return {
    source: 1,
    edge: EDGE,
    nameOf: ({ generation }) => NAMES[generation] ?? EDGE,
    direction: 'to-ledger',
    sources: [aggregator],
    replica: replicaOfLedger(ledger, 1),
    clock: new FakeClock(),
    observer: new RecordingObserver(),
    policy: { pollIntervalMs: 1_000, gasCeiling: 8_000_000n, refreshShareBps: 5_000 },
  };
}

describe('a replica that was rewound', () => {
  const named = (statement: AttestedStatement): AttestedStatement => {
    return { ...statement, statement: { ...statement.statement, edge: RENAMED } };
  };
  /** Rewinds the ledger to a count, under the next name. */
  const rewind = (count: bigint): void => {
    const heads = foldHeads({ count: 0n, head: EDGE }, aggregator.packed, keccak256);
    ledger.position = { count, head: heads[Number(count) - 1] ?? EDGE };
    ledger.name = RENAMED;
    ledger.rewound = { generation: 1, previousHead: ledger.position.head };
  };

  it('is replayed from its point by statements under its present name only, without a pause', async () => {
    aggregator.grow(5, 1_000n);
    const memory = freshRelayMemory();
    expect(await relayEdgeOnce(deps(), memory)).toMatchObject({ kind: 'applied', to: 5n });
    rewind(2n);
    expect(await relayEdgeOnce(deps(), memory)).toEqual({ kind: 'idle' });
    const former = [...aggregator.attested];
    aggregator.attested = [...former, ...former.map(named)];
    const asked: Bytes32[] = [];
    aggregator.readEntries = async (edge, from, to) => {
      asked.push(edge);
      return aggregator.packed.slice(ENTRY_BYTES * Number(from), ENTRY_BYTES * Number(to));
    };
    expect(await relayEdgeOnce(deps(), memory)).toEqual({ kind: 'applied', from: 2n, to: 5n });
    expect(asked).toEqual([EDGE]);
  });

  it('is refreshed under its present name only', async () => {
    aggregator.grow(5, 5_000n);
    rewind(5n);
    [ledger.asOf, ledger.timestamp] = [1n, 10_000n];
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toEqual({ kind: 'idle' });
    aggregator.attested = aggregator.attested.map(named);
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toEqual({ kind: 'refreshed', asOf: 5_000n });
  });

  it('is skipped during the rewind, and refused under a name that it cannot have', async () => {
    aggregator.grow(5, 1_000n);
    ledger.state = 'CLOSED';
    ledger.rewound = null;
    expect(await relayEdgeOnce(deps(), freshRelayMemory())).toMatchObject({ kind: 'refused', code: 'SOURCE_CLOSED' });
    rewind(0n);
    ledger.name = EDGE;
    await expect(relayEdgeOnce(deps(), freshRelayMemory())).rejects.toMatchObject({ code: 'EDGE_MISMATCH' });
  });
});
