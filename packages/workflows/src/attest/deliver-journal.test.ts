import { address } from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { afterEach, describe, expect, it } from 'vitest';
import { Bell } from '../running/bell.js';
import { unreachable } from '../testing/fake-aggregator.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { WatcherWorld, type WatcherWorldOptions } from '../testing/watcher-world.js';
import { type DeliverJournalOptions, deliverJournal } from './deliver-journal.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
const worlds: WatcherWorld[] = [];

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.stop()));
});

function makeWorld(options: Omit<WatcherWorldOptions, 'keccak256'> = {}): WatcherWorld {
  const world = new WatcherWorld({ keccak256, ...options });
  worlds.push(world);
  return world;
}

describe('deliverJournal', () => {
  it('lets signing continue while the aggregator is unreachable, and delivers everything later, in order', async () => {
    const world = makeWorld();
    world.aggregator.failure = unreachable();
    await world.start();
    for (const height of [10n, 20n, 30n]) world.append(height);
    await world.move(16n);
    await world.move(24n);
    await world.move(32n);
    expect(world.signed.map(([count]) => count)).toEqual([1n, 2n, 3n]);
    expect(world.delivery).toMatchObject({ kind: 'failing', code: 'AGGREGATOR_UNREACHABLE' });
    await world.clock.advance(300_000);
    expect(world.aggregator.statements).toEqual([]);
    world.aggregator.failure = undefined;
    await world.clock.advance(60_000);
    expect(world.aggregator.counts).toEqual([1n, 2n, 3n]);
    expect(world.aggregator.entryCount).toBe(3n);
    expect(world.delivery).toMatchObject({ kind: 'current', entryCount: 3n });
  });

  it('warns once per outage, however long it lasts', async () => {
    const world = makeWorld();
    world.aggregator.failure = unreachable();
    await world.start();
    await world.clock.advance(3_600_000);
    const failed = world.observer.named('delivery-failed');
    expect(failed.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(failed.length).toBeLessThan(730);
  });

  it('delivers everything again to an aggregator that lost its store', async () => {
    const world = makeWorld();
    world.append(10n, 130);
    await world.start();
    await world.move(16n);
    expect(world.aggregator.counts).toEqual([64n, 128n, 130n]);
    await world.clock.advance(6_000);
    world.aggregator.forget();
    await world.clock.advance(6_000);
    expect(world.aggregator.counts).toEqual([64n, 128n, 130n]);
    expect(world.aggregator.entryCount).toBe(130n);
  });

  it('notices a lost store even if others have filled it again meanwhile', async () => {
    const world = makeWorld();
    world.append(10n);
    await world.start();
    await world.move(16n);
    world.aggregator.members = [world.attester.address];
    await world.clock.advance(6_000);
    const other = address(`0x${'77'.repeat(20)}`);
    world.aggregator.statements = world.aggregator.statements.map((held) => ({ ...held, signer: other }));
    await world.clock.advance(6_000);
    expect(world.aggregator.statements.map(({ signer }) => signer)).toEqual([other, world.attester.address]);
    expect(world.observer.named('delivery-repeated')).toHaveLength(1);
  });

  it('redelivers cuts that an aggregator lacks below its count, though its clock was set back', async () => {
    const world = makeWorld();
    world.append(10n, 200);
    await world.start();
    await world.move(16n);
    expect(world.aggregator.counts).toEqual([64n, 128n, 192n, 200n]);
    await world.clock.advance(6_000);
    world.clock.setBack(86_400_000);
    world.aggregator.statements = world.aggregator.statements.filter(({ statement }) => statement.count > 128n);
    await world.clock.advance(60_000);
    expect(world.aggregator.counts).toEqual(expect.arrayContaining([64n, 128n, 192n, 200n]));
    expect(world.observer.named('delivery-repeated')).toHaveLength(1);
  });

  it('soon redelivers what an aggregator refused while it was starting', async () => {
    const world = makeWorld();
    world.aggregator.members = [world.attester.address];
    world.aggregator.statementRefusal = 'WRONG_EPOCH';
    world.append(10n);
    await world.start();
    await world.move(16n);
    await world.clock.advance(9_000);
    expect(world.observer.named('statement-refused').length).toBeGreaterThan(0);
    world.aggregator.statementRefusal = undefined;
    await world.clock.advance(15_000);
    expect(world.aggregator.counts).toEqual([1n]);
  });

  it.each(['EPOCHS_UNREAD', 'WRONG_EPOCH', 'AS_OF_AHEAD', 'TOO_MANY'])(
    'hands in what was refused as %s though a quorum came by without it',
    async (code) => {
      const world = makeWorld({ quorum: 1 });
      world.aggregator.statementRefusal = code;
      world.append(10n);
      await world.start();
      await world.move(16n);
      expect(world.observer.named('statement-refused').length).toBeGreaterThan(0);
      // Others are faster: the aggregator has attested a later count before it accepts ours.
      world.aggregator.statementRefusal = undefined;
      world.aggregator.statements.push(
        ...world.attester.signed.map((one) => ({ ...one, statement: { ...one.statement, count: 9n } })),
      );
      await world.clock.advance(9_000);
      expect(world.aggregator.counts).toContain(1n);
    },
  );

  it('retries at growing intervals if it is refused permanently', async () => {
    const world = makeWorld();
    world.aggregator.members = [world.attester.address];
    world.aggregator.statementRefusal = 'NOT_A_MEMBER';
    world.append(10n);
    await world.start();
    await world.move(16n);
    await world.clock.advance(3_600_000);
    expect(world.observer.named('statement-refused').length).toBeLessThan(20);
  });

  it('delivers statements again to an aggregator without a quorum for them, at growing intervals', async () => {
    const world = makeWorld({ quorum: 3 });
    world.append(10n);
    await world.start();
    await world.move(16n);
    await world.clock.advance(21_000);
    expect(world.aggregator.counts).toEqual([1n, 1n]);
    await world.clock.advance(3_600_000);
    expect(world.aggregator.counts.length).toBeLessThan(16);
  });

  it('waits longer if the aggregator reports that it holds them', async () => {
    const world = makeWorld({ quorum: 3 });
    world.aggregator.members = [world.attester.address];
    world.append(10n);
    await world.start();
    await world.move(16n);
    await world.clock.advance(100_000);
    expect(world.aggregator.counts).toEqual([1n]);
    await world.clock.advance(60_000);
    expect(world.aggregator.counts).toEqual([1n, 1n]);
  });

  it('delivers nothing twice while it is still delivering a long backlog', async () => {
    const world = makeWorld();
    world.aggregator.failure = unreachable();
    for (let height = 16n; height <= 160n; height += 8n) world.append(height, 64);
    await world.start();
    await world.move(160n);
    world.aggregator.failure = undefined;
    world.aggregator.latency = { clock: world.clock, ms: 6_000 };
    await world.clock.advance(60_000);
    expect(world.aggregator.counts).toHaveLength(19);
    expect(world.observer.named('delivery-repeated')).toEqual([]);
  });

  it('still delivers statements when entries are refused', async () => {
    const world = makeWorld();
    world.aggregator.refusal = 'TOO_MANY';
    world.append(10n);
    await world.start();
    await world.move(16n);
    expect(world.aggregator.counts).toEqual([1n]);
    expect(world.delivery).toMatchObject({ kind: 'failing', code: 'TOO_MANY' });
  });

  it('ends at once where it is stopped while it reads its log', async () => {
    const stop = new AbortController();
    const options = {
      edge: `0x${'ed'.repeat(32)}`,
      attester: { address: address(`0x${'a1'.repeat(20)}`) },
      log: {
        loadDelivered: async () => ({ entryCount: 0n, sequence: 0 }),
        loadStatements: async () => [],
        loadCursor: async () => stop.abort(),
      },
      aggregator: { readEdges: async () => [] },
      aggregatorName: 'one',
      clock: new FakeClock(),
      observer: new RecordingObserver(),
      committed: new Bell(),
    } as unknown as DeliverJournalOptions;
    // The clock stands still: a wait for work would never end.
    await deliverJournal(options, stop.signal);
    expect(stop.signal.aborted).toBe(true);
  });
});

describe('announceSeen', () => {
  it('announces entries once at each location, and again if a reorganisation moved them', async () => {
    const world = makeWorld();
    await world.start();
    await world.move(9n, 8n);
    world.append(10n);
    await world.move(10n, 8n);
    await world.move(11n, 8n);
    world.append(12n);
    await world.move(12n, 8n);
    const told = (): [bigint, number][] =>
      world.aggregator.batches.map(({ from, entries }) => [from, entries.locations.length]);
    expect(told()).toEqual([
      [0n, 1],
      [1n, 1],
    ]);
    world.chain.reorganise(12n);
    world.append(13n);
    await world.move(13n, 8n);
    expect(told()).toEqual([
      [0n, 1],
      [1n, 1],
      [0n, 2],
    ]);
    expect(world.aggregator.batches.every(({ stage }) => stage === 'seen')).toBe(true);
  });
});
