import { type Bytes32, type JournalHead, bytes32, edgeName, isTipHidden } from '@surety/domain';
import fc from 'fast-check';
import { createKeccak } from 'hash-wasm';
import { afterEach, describe, expect, it } from 'vitest';
import { settle } from '../testing/fake-clock.js';
import { MemoryAttestationLog } from '../testing/memory-attestation-log.js';
import { WatcherWorld } from '../testing/watcher-world.js';
import { NEW_NAME_SECONDS } from './limits.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
const [SECOND, THIRD] = [bytes32(`0x${'e2'.repeat(32)}`), bytes32(`0x${'e3'.repeat(32)}`)];
const worlds: WatcherWorld[] = [];

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.stop()));
});

function makeWorld(): WatcherWorld {
  const world = new WatcherWorld({ keccak256 });
  worlds.push(world);
  return world;
}

/** What was signed under one name: count, tip and height. */
function signedUnder(world: WatcherWorld, name: Bytes32): [bigint, bigint, bigint][] {
  return world.attester.signed
    .map(({ statement }) => statement)
    .filter(({ edge }) => edge === name)
    .map(({ count, tip, blockNumber }) => [count, tip, blockNumber]);
}

/** Advances the chain by some frames and wakes every waiting retry. */
async function pass(world: WatcherWorld, frames: number): Promise<void> {
  for (let frame = 0; frame < frames; frame++) {
    await world.move(world.chain.final - (world.chain.final % 8n) + 8n);
    await world.clock.advance(30_000);
  }
}

/** Two statements of one signer that a verifier would accept as evidence against it; undefined if there are none. */
function evidenceIn(statements: readonly JournalHead[]): [JournalHead, JournalHead] | undefined {
  for (const [at, one] of statements.entries()) {
    for (const other of statements.slice(at + 1)) {
      if (one.edge !== other.edge) continue;
      if ((one.count === other.count && one.head !== other.head) || isTipHidden(one, other)) return [one, other];
    }
  }
  return undefined;
}

const evidenceAgainst = (world: WatcherWorld): ReturnType<typeof evidenceIn> =>
  evidenceIn(world.attester.signed.map(({ statement }) => statement));

describe('a watcher of an edge whose replica is rewound', () => {
  it('signs nothing during the rewind, reports that, and signs later frames under the next name without a restart', async () => {
    const world = makeWorld();
    const first = world.journal.edgeId;
    world.append(10n, 3);
    await world.start();
    await world.move(16n);
    expect(signedUnder(world, first)).toEqual([[3n, 3n, 16n]]);
    world.replica = { name: first, count: 3n, generation: 0, isRewinding: true };
    world.append(20n);
    await world.move(32n);
    expect(world.state).toMatchObject({ kind: 'failing', code: 'EDGE_REWINDING' });
    expect(world.attester.signed).toHaveLength(1);
    world.replica = { name: SECOND, count: 2n, generation: 1, isRewinding: false };
    await pass(world, 2);
    world.append(world.chain.final + 1n);
    await pass(world, 2);
    expect(signedUnder(world, first)).toEqual([[3n, 3n, 16n]]);
    expect(signedUnder(world, SECOND)).toEqual([[5n, 5n, 56n]]);
    expect(world.state).toMatchObject({ kind: 'attesting', current: true, count: 5n });
    expect(world.aggregator.entryCount).toBe(5n);
    expect(world.aggregator.statements.at(-1)?.statement.edge).toBe(SECOND);
    expect(world.outcome).toBeUndefined();
  });

  it('restates every cut at each heartbeat of the first hour under a new name, and not later', async () => {
    const world = makeWorld();
    world.append(10n, 130);
    await world.start();
    await world.move(64n);
    world.replica = { name: SECOND, count: 0n, generation: 1, isRewinding: false };
    await pass(world, Number((NEW_NAME_SECONDS + 1_200n) / 16n));
    const heartbeats = new Map<bigint, bigint[]>();
    for (const [count, , height] of signedUnder(world, SECOND)) {
      heartbeats.set(height, [...(heartbeats.get(height) ?? []), count]);
    }
    const stated = [...heartbeats.values()];
    expect(stated.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => [64n, 128n, 130n]));
    expect(stated.slice(6)).toEqual([[130n], [130n]]);
  });

  it('reads the journal again, since the verified part may be on a lost fork, and delivers the surviving one', async () => {
    const world = makeWorld();
    const { edgeId } = world.journal;
    world.append(10n, 70);
    await world.start();
    await world.move(24n);
    world.chain.reorganise(10n);
    world.append(12n, 2);
    await pass(world, 4);
    expect(world.state).toMatchObject({ kind: 'failing' });
    const before = world.attester.signed.length;
    world.aggregator.forget();
    world.replica = { name: SECOND, count: 0n, generation: 1, isRewinding: false };
    const told = world.states.length;
    await pass(world, 2);
    const after = world.states.slice(told).filter(({ kind }) => kind === 'attesting');
    expect(after.slice(0, 2)).toMatchObject([
      { current: false, count: 0n },
      { current: true, count: 2n },
    ]);
    world.append(world.chain.final + 1n);
    await pass(world, 2);
    expect(world.attester.signed.length).toBeGreaterThan(before);
    expect(world.state).toMatchObject({ kind: 'attesting', current: true, count: 3n });
    expect((await world.log.loadEntries(edgeId, 0n, 99)).locations).toHaveLength(3);
    expect(await world.log.loadCuts(edgeId, 9)).toEqual([]);
    const kept = await world.log.loadStatements(edgeId, 0, 99);
    expect(new Set(kept.map(({ statement }) => statement.edge))).toEqual(new Set([SECOND]));
    const finals = world.aggregator.batches.filter(({ stage }) => stage === 'final');
    expect(finals.map(({ from, entries }) => [from, entries.locations.length])).toEqual([
      [0n, 2],
      [2n, 1],
    ]);
    expect(evidenceAgainst(world)).toBeUndefined();
  });

  it('that restarts after a rewind signs only what came after it, with or without its log', async () => {
    for (const lost of [false, true]) {
      const world = makeWorld();
      world.append(10n, 70);
      await world.start();
      await world.move(16n);
      await world.stop();
      world.chain.reorganise(10n);
      world.append(30n, 66);
      world.replica = { name: SECOND, count: 0n, generation: 1, isRewinding: false };
      world.chain.advanceTo(400n, 400n);
      await world.start(lost ? new MemoryAttestationLog() : world.log);
      await settle();
      expect(signedUnder(world, SECOND)).toEqual([]);
      world.append(401n);
      await world.move(408n);
      expect(signedUnder(world, SECOND)).toEqual([[67n, 67n, 408n]]);
      await world.move(608n);
      expect(signedUnder(world, SECOND).slice(1)).toEqual([
        [64n, 67n, 600n],
        [67n, 67n, 600n],
      ]);
      expect(evidenceAgainst(world)).toBeUndefined();
    }
  });

  it('resumes reading after a crash, and still signs nothing of what it reads', async () => {
    const world = makeWorld();
    for (let height = 10n; height < 900n; height += 40n) world.append(height, 3);
    await world.start();
    await world.move(904n);
    await world.stop();
    const before = world.attester.signed.length;
    world.chain.entriesMax = 10;
    world.replica = { name: SECOND, count: 0n, generation: 1, isRewinding: false };
    const readPortion = world.chain.readPortion.bind(world.chain);
    let portions = 0;
    world.chain.readPortion = (request) =>
      ++portions === 7 ? Promise.reject(new Error('the power fails')) : readPortion(request);
    world.chain.advanceTo(912n, 912n);
    await world.start();
    expect(world.state).toMatchObject({ kind: 'failing' });
    await world.stop();
    await world.start();
    expect(portions).toBeLessThan(40);
    expect(world.state).toMatchObject({ kind: 'attesting', current: true, count: 69n });
    expect(world.attester.signed).toHaveLength(before);
  });

  it('reads only once under the same name, but again when a former name returns', async () => {
    const world = makeWorld();
    const first = world.journal.edgeId;
    world.append(10n, 2);
    await world.start();
    await world.move(16n);
    for (const [name, walks] of [
      [SECOND, 1],
      [SECOND, 1],
      [first, 2],
      [first, 2],
      [THIRD, 3],
    ] as const) {
      world.replica = { name, count: 1n, generation: 1, isRewinding: false };
      await pass(world, 2);
      world.append(world.chain.final + 1n);
      await pass(world, 1);
      expect(world.observer.named('edge-renamed')).toHaveLength(walks);
      expect(world.attester.signed.at(-1)?.statement.edge).toBe(name);
    }
    expect(evidenceAgainst(world)).toBeUndefined();
  });

  it('asks for its key’s statements under each name before the first signature', async () => {
    const world = makeWorld();
    await world.start();
    world.append(10n);
    await world.move(16n);
    world.replica = { name: SECOND, count: 0n, generation: 1, isRewinding: false };
    await pass(world, 1);
    expect(new Set(world.confirmed)).toEqual(new Set([world.journal.edgeId, SECOND]));
    world.permit.refuse({ code: 'HISTORY_OLDER', detail: 'somebody holds a signature under this name' });
    world.append(world.chain.final + 1n);
    await pass(world, 2);
    expect(signedUnder(world, SECOND)).toEqual([]);
    expect(world.outcome).toMatchObject({ kind: 'refused', code: 'HISTORY_OLDER' });
  });

  it('that would contradict itself under a name signs nothing under it, and waits for the next name', async () => {
    const world = makeWorld();
    const foreign = bytes32(`0x${'99'.repeat(32)}`);
    await world.history.record([{ kind: 'head', edge: world.journal.edgeId, count: 1n, value: foreign }]);
    await world.start();
    world.append(10n);
    await pass(world, 5);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'refused', code: 'CONTRADICTION' });
    expect(world.observer.named('signing-refused')).toHaveLength(1);
    world.replica = { name: SECOND, count: 0n, generation: 1, isRewinding: false };
    await pass(world, 2);
    world.append(world.chain.final + 1n);
    await pass(world, 1);
    expect(signedUnder(world, SECOND).map(([count]) => count)).toEqual([2n]);
    expect(world.state).toMatchObject({ kind: 'attesting', current: true });
  });
});

/** One act of the property below: the acts of the model NAME, and restarts. @source model/name.pml */
type Act =
  | { readonly kind: 'append'; readonly times: number }
  | { readonly kind: 'break'; readonly depth: number }
  | { readonly kind: 'rewind'; readonly back: number }
  | { readonly kind: 'restart'; readonly lost: boolean };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), times: fc.constantFrom(1, 2, 65) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('break' as const), depth: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rewind' as const), back: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), lost: fc.boolean() }) },
);

describe('an honest watcher', () => {
  it('never makes evidence through breaks of finality and rewinds, and signs under the last name (I15, model NAME)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 12 }), async (acts) => {
        const world = makeWorld();
        let generation = 0;
        const rewind = async (back: number): Promise<void> => {
          world.replica = { ...world.replica, isRewinding: true };
          await pass(world, 1);
          const position = world.chain.positionAtFinal();
          const count = position.count > BigInt(back) ? position.count - BigInt(back) : 0n;
          const previousHead = world.chain.headAt(count);
          const name = edgeName(world.journal.edge, { generation: ++generation, previousHead }, keccak256);
          world.replica = { name, count, generation: 1, isRewinding: false };
        };
        await world.start();
        for (const one of acts) {
          const { final } = world.chain;
          if (one.kind === 'append') world.append(final + 1n, one.times);
          if (one.kind === 'break' && final > BigInt(one.depth)) world.chain.reorganise(final - BigInt(one.depth));
          if (one.kind === 'rewind') await rewind(one.back);
          if (one.kind === 'restart') {
            await world.stop();
            await world.start(one.lost ? new MemoryAttestationLog() : undefined);
          }
          await pass(world, 3);
        }
        await rewind(0);
        await pass(world, 2);
        world.append(world.chain.final + 1n);
        await pass(world, 2);
        expect(evidenceAgainst(world)).toBeUndefined();
        expect(world.attester.signed.at(-1)?.statement.edge).toBe(world.replica.name);
        expect(world.state).toMatchObject({ kind: 'attesting', current: true });
        await world.stop();
      }),
      { numRuns: 150 },
    );
  });
});
