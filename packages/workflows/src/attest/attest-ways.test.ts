import { AppError, type JournalPosition, ZERO_WORD, address, blockHeight, unpackEntries } from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { afterEach, describe, expect, it } from 'vitest';
import { WatcherWorld, type WatcherWorldOptions } from '../testing/watcher-world.js';
import { DestinationEpochs } from './destination-epochs.js';
import { RESTATED_CUTS_MAX } from './limits.js';
import { loadRestated } from './load-restated.js';

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

describe('the journal of the ledger towards a vault', () => {
  it('is announced as seen, signed for the vault’s chain and delivered like the vault’s journal', async () => {
    const there = makeWorld();
    const back = makeWorld({ direction: 'to-vault' });
    for (const world of [there, back]) {
      await world.start();
      await world.move(9n, 8n);
      world.append(10n, 65);
      await world.move(15n, 8n);
      expect(world.aggregator.batches.map(({ stage }) => stage)).toEqual(['seen']);
      await world.move(16n);
      expect(world.signed).toEqual([
        [64n, 65n, 16n],
        [65n, 65n, 16n],
      ]);
      expect(world.aggregator.entryCount).toBe(65n);
    }
    expect(back.chain.chainId).toBe(31_339);
    expect(back.domain.chainId).toBe(31_337n);
    expect(back.journal.edgeId).not.toBe(there.journal.edgeId);
    const [batch] = back.aggregator.batches;
    expect(unpackEntries(batch?.entries.packed ?? new Uint8Array())[0]).toMatchObject({ kind: 'RELEASE', asset: 1 });
  });

  it('is read from the ledger’s first block, and nothing is signed for the time before it was opened', async () => {
    const world = makeWorld({ direction: 'to-vault' });
    world.chain.openedAt = 5_000n;
    world.append(5_001n);
    await world.start();
    await world.move(5_100n);
    expect(world.signed[0]).toEqual([1n, 1n, 5_008n]);
    expect(world.observer.named('attest-failed')).toEqual([]);
  });

  it('is waited for while it is not yet open at the newest final frame', async () => {
    const world = makeWorld({ direction: 'to-vault' });
    world.chain.openedAt = 90n;
    await world.start();
    await world.move(80n);
    expect(world.state).toMatchObject({ kind: 'failing', code: 'JOURNAL_UNKNOWN' });
    world.append(91n);
    await world.move(96n);
    await world.clock.advance(60_000);
    expect(world.signed).toEqual([[1n, 1n, 96n]]);
  });

  it('that vanishes after it had entries is reported, not skipped', async () => {
    const world = makeWorld({ direction: 'to-vault' });
    world.append(10n);
    await world.start();
    await world.move(16n);
    world.chain.openedAt = 9_000n;
    await world.move(8_000n);
    expect(world.state).toMatchObject({ kind: 'failing', code: 'JOURNAL_UNKNOWN' });
  });
});

describe('a chain in trouble', () => {
  /** Both journals of one vault; the ledger's is judged by the attester sets on the vault's chain. */
  const bothWays = (): { there: WatcherWorld; back: WatcherWorld; epochs: DestinationEpochs } => {
    const [there, back] = [makeWorld(), makeWorld({ direction: 'to-vault' })];
    const { chain, observer } = there;
    const epochs = new DestinationEpochs({
      chainId: chain.chainId,
      attesterSet: address(`0x${'44'.repeat(20)}`),
      reader: {
        readFinalTip: () => chain.readFinalTip(),
        readEpochs: async () => [
          { epoch: 1, members: [], quorum: 3, activeFrom: 0n, expires: 2n ** 40n, suspended: [] },
        ],
        readHalt: async () => ({ nonce: 0n, isHalted: false }),
        readReplica: async ({ edge }) => ({ name: edge, count: 0n, generation: 0, isRewinding: false }),
      },
      expected: { epoch: 1, members: [] },
      observer,
    });
    back.schedule = epochs;
    return { there, back, epochs };
  };

  it.each(['halted', 'no-quorum'] as const)(
    'that is %s stops its own journal, not the one that leads to it',
    async (kind) => {
      const { there, back, epochs } = bothWays();
      await epochs.refresh();
      there.chain.setCondition({ kind, reason: 'the test says so', sinceMs: 0 });
      there.chain.failure = new AppError({ code: 'NO_QUORUM', message: 'away', retryable: true });
      for (const world of [there, back]) {
        await world.start();
        world.append(10n);
        await epochs.refresh();
        await world.move(16n);
      }
      expect(there.attester.signed).toEqual([]);
      expect(there.state).toMatchObject({ kind: 'failing' });
      expect(back.signed).toEqual([[1n, 1n, 16n]]);
    },
  );

  it('whose attester sets were never read prevents signing for it, until they are', async () => {
    const { there, back, epochs } = bothWays();
    there.chain.failure = new AppError({ code: 'NO_QUORUM', message: 'away', retryable: true });
    await epochs.refresh();
    await back.start();
    back.append(10n);
    await back.move(16n);
    expect(back.attester.signed).toEqual([]);
    expect(back.state).toMatchObject({ kind: 'failing', code: 'EPOCHS_UNREAD' });
    there.chain.failure = undefined;
    await epochs.refresh();
    await back.clock.advance(30_000);
    expect(back.signed).toEqual([[1n, 1n, 16n]]);
  });
});

describe('a watcher whose providers prove only the newest blocks', () => {
  const behind = (): WatcherWorld => {
    const world = makeWorld();
    for (let height = 10n; height < 9_000n; height += 40n) world.append(height, 3);
    world.chain.provenFrom = 8_990n;
    world.chain.entriesMax = 100;
    return world;
  };
  const cutsOf = (world: WatcherWorld): Promise<readonly JournalPosition[]> =>
    world.log.loadCuts(world.journal.edgeId, 1_000);

  it('catches up over more entries than fit in one frame, and signs only the newest frame', async () => {
    const world = behind();
    await world.start();
    await world.move(9_016n);
    expect(world.state).toMatchObject({ kind: 'attesting', current: true, count: 675n, height: 9_016n });
    expect(world.signed).toEqual([[675n, 675n, 9_000n]]);
    expect((await cutsOf(world)).map(({ count }) => count)).toEqual([
      64n,
      128n,
      192n,
      256n,
      320n,
      384n,
      448n,
      512n,
      576n,
      640n,
    ]);
    expect(world.aggregator.entryCount).toBe(675n);
    expect(world.observer.named('portions-walked')).toHaveLength(1);
    expect(world.chain.calls.readWaypoints).toBe(1);
  });

  it('resumes the same portion after a crash', async () => {
    const world = behind();
    const readPortion = world.chain.readPortion.bind(world.chain);
    let portions = 0;
    world.chain.readPortion = (request) =>
      ++portions === 50
        ? Promise.reject(new AppError({ code: 'NO_QUORUM', message: 'away for a moment', retryable: true }))
        : readPortion(request);
    await world.start();
    await world.move(9_016n);
    expect(world.state).toMatchObject({ kind: 'failing', code: 'NO_QUORUM' });
    expect(await world.log.loadCursor(world.journal.edgeId)).toMatchObject({ position: { count: 147n } });
    await world.clock.advance(30_000);
    expect(world.state).toMatchObject({ kind: 'attesting', current: true, count: 675n });
    expect(portions).toBeLessThan(50 + 180);
    expect(await cutsOf(world)).toHaveLength(10);
  });

  it('states the cuts it passed unsigned at the first heartbeat of the next day', async () => {
    const world = behind();
    await world.start();
    await world.move(9_016n);
    const day = 21_600n;
    for (let final = day - 304n; final <= day; final += 8n) await world.move(final);
    expect(world.signed.filter(([count, , at]) => at === day && count < 675n)).toHaveLength(10);
  });
});

describe('the cuts to restate', () => {
  const cutsUpTo = (count: number): JournalPosition[] =>
    Array.from({ length: count }, (_, at) => ({ count: 64n * BigInt(at + 1), head: ZERO_WORD }));
  const restated = async (cuts: number, replicaCount: bigint, reached = 64n * BigInt(cuts)): Promise<bigint[]> => {
    const { log, journal } = makeWorld();
    const signing = { name: journal.edgeId, height: 0n, timestamp: 0n };
    const position = { count: 0n, head: ZERO_WORD };
    const cursor = { edge: journal.edgeId, signing, position, height: blockHeight(8n), timestamp: 0n };
    const entries = { packed: new Uint8Array(), locations: [] };
    await log.commit({ cursor, from: 0n, entries, signed: [], cuts: cutsUpTo(cuts) });
    return (await loadRestated({ log, journal }, { reached, replicaCount })).map(({ count }) => count);
  };
  const MANY = 2 * RESTATED_CUTS_MAX + 40;

  it('are the newest ones, including those that the replica has', async () => {
    const counts = await restated(RESTATED_CUTS_MAX - 1, 64n * BigInt(RESTATED_CUTS_MAX));
    expect(counts).toHaveLength(RESTATED_CUTS_MAX - 1);
  });

  it('include the first ones that a replica far behind needs next', async () => {
    const counts = await restated(MANY, 64n * 30n + 5n);
    expect(counts).toHaveLength(2 * RESTATED_CUTS_MAX);
    expect(counts[0]).toBe(64n * 31n);
    expect(counts.at(-1)).toBe(64n * BigInt(MANY));
    expect(await restated(MANY, 64n * BigInt(MANY - 5))).toHaveLength(RESTATED_CUTS_MAX);
    const near = await restated(RESTATED_CUTS_MAX + 9, 0n);
    expect(near).toEqual(cutsUpTo(RESTATED_CUTS_MAX + 9).map(({ count }) => count));
  });

  it('do not exceed what this process reached: a second copy that shares its log may be ahead', async () => {
    expect(await restated(6, 0n, 368n)).toEqual([64n, 128n, 192n, 256n, 320n]);
  });
});
