import { type Bytes32, type Entry, ZERO_WORD, bytes32, edgeName, tokenUnits } from '@surety/domain';
import { afterEach, describe, expect, it } from 'vitest';
import type { SignedStatement } from '../ports/attester.js';
import { settle } from '../testing/fake-clock.js';
import { FakeAttester } from '../testing/fake-attester.js';
import { keccak256 } from '../testing/ledger-facts.js';
import { MemoryHistory } from '../testing/memory-history.js';
import { FRAME_LENGTH, WatcherWorld } from '../testing/watcher-world.js';
import { POINTS_KEPT_MAX, POINT_LOOK_MS } from './limits.js';
import { type NamedPoint, signPoints } from './sign-points.js';

/** Blocks of a window of 600 seconds, at two seconds each; the test starts at the beginning of one. */
const WINDOW = 300n;
const running: (() => Promise<void>)[] = [];
afterEach(async () => void (await Promise.all(running.splice(0).map((stop) => stop()))));

class PointWorld {
  readonly world = new WatcherWorld({ keccak256 });
  point: NamedPoint | undefined;
  /** Statements served by each watcher, by its number. */
  readonly served = new Map<number, readonly SignedStatement[]>();

  constructor() {
    this.world.replica = { ...this.world.replica, count: 9n };
  }

  /** Starts one watcher's loop, with or without the named point. */
  start(number = 1, isTold: () => boolean = () => true): FakeAttester {
    const { chain, journal, domain, clock, observer, permit, confirmed } = this.world;
    const stop = new AbortController();
    const history = number === 1 ? this.world.history : new MemoryHistory();
    const address = `0x${`a${number}`.repeat(20)}` as FakeAttester['address'];
    const attester = number === 1 ? this.world.attester : new FakeAttester({ address, history, keccak256 });
    const done = signPoints(
      {
        chain,
        journal,
        domain,
        clock,
        observer,
        permit,
        keccak256,
        attester,
        history,
        frameLength: FRAME_LENGTH,
        epochs: { readEpochs: async () => this.world.epochs },
        readReplica: async () => this.world.replica,
        confirmHistory: async (name) => void confirmed.push(name),
        readPoint: async () => (isTold() ? this.point : undefined),
        onPoints: (points) => this.served.set(number, points),
      },
      stop.signal,
    );
    running.push(async () => {
      stop.abort();
      await done;
    });
    return attester;
  }

  /** Names a point of the journal like an operator who has checked both ends. */
  name(count: bigint, generation = 1): Bytes32 {
    const head = this.world.chain.headAt(count);
    const name = edgeName(this.world.journal.edge, { generation, previousHead: head }, keccak256);
    this.point = { name, count, head };
    return name;
  }

  /** Adds locks to a block. */
  append(height: bigint, times: number): void {
    const entry: Entry = {
      kind: 'LOCK',
      asset: 1,
      amount: tokenUnits(height),
      account: bytes32(`0x${'66'.repeat(32)}`),
      party: ZERO_WORD,
      fee: tokenUnits(0n),
    };
    for (let time = 0; time < times; time++) this.world.chain.append(height, entry);
  }

  async move(head: bigint): Promise<void> {
    this.world.chain.advanceTo(head, head);
    await this.world.clock.advance(POINT_LOOK_MS);
    await settle();
  }

  /** Statements signed for the point: count, tip and height. */
  signedBy({ signed }: FakeAttester): bigint[][] {
    return signed.map(({ statement }) => [statement.count, statement.tip, statement.blockNumber]);
  }

  get refusal(): string | undefined {
    return this.world.observer.named('point-unsigned').at(-1)?.fields['detail'] as string | undefined;
  }
}

describe('a watcher with a named point', () => {
  it('signs it at each heartbeat under the next name, and nothing before it was named', async () => {
    const world = new PointWorld();
    world.append(10n, 3);
    const attester = world.start();
    await world.move(WINDOW + 20n);
    expect(world.signedBy(attester)).toEqual([]);
    const name = world.name(2n);
    await world.move(WINDOW + 21n);
    world.append(WINDOW + 30n, 1);
    await world.move(WINDOW + 60n);
    await world.move(2n * WINDOW + 9n);
    // The first frame of a window is the first multiple of 8 in it.
    expect(world.signedBy(attester)).toEqual([
      [2n, 3n, 304n],
      [2n, 4n, 600n],
    ]);
    expect(attester.signed.map(({ statement }) => statement.edge)).toEqual([name, name]);
    expect(world.served.get(1)).toEqual(attester.signed);
    expect(world.world.confirmed).toEqual([name, name]);
  });

  it('signs the same bytes as every watcher that has the point before the next heartbeat', async () => {
    const world = new PointWorld();
    world.append(10n, 70);
    world.name(64n);
    let told = 1;
    for (const number of [1, 2, 3]) world.start(number, () => number <= told);
    for (const second of [1n, 2n, 3n]) {
      told = Number(second);
      await world.move(second * WINDOW + 100n);
    }
    const blocks = (number: number): bigint[] =>
      (world.served.get(number) ?? []).map(({ statement }) => statement.blockNumber);
    expect([1, 2, 3].map(blocks)).toEqual([[304n, 600n, 904n], [600n, 904n], [904n]]);
    const last = [1, 2, 3].map((number) => world.served.get(number)?.at(-1)?.statement);
    expect(new Set(last.map((one) => JSON.stringify(one, (_, value: unknown) => String(value)))).size).toBe(1);
  });

  it('also signs the beginning of the journal and its tip', async () => {
    for (const count of [0n, 3n]) {
      const world = new PointWorld();
      world.append(10n, 3);
      world.name(count);
      const attester = world.start();
      await world.move(WINDOW + 20n);
      expect(world.signedBy(attester)).toEqual([[count, 3n, 304n]]);
    }
  });

  it('serves only the newest signatures, and none of a withdrawn point', async () => {
    const world = new PointWorld();
    world.append(10n, 3);
    world.name(2n);
    world.start();
    for (let window = 1n; window <= BigInt(POINTS_KEPT_MAX) + 2n; window++) await world.move(window * WINDOW + 20n);
    expect(world.served.get(1)).toHaveLength(POINTS_KEPT_MAX);
    world.point = undefined;
    await world.move(20n * WINDOW);
    expect(world.served.get(1)).toEqual([]);
  });

  it('reads the present journal, whatever an earlier branch contained', async () => {
    const world = new PointWorld();
    world.append(10n, 3);
    const attester = world.start();
    await world.move(WINDOW + 20n);
    world.world.chain.reorganise(10n);
    world.append(12n, 5);
    world.name(4n);
    await world.move(2n * WINDOW + 20n);
    expect(world.signedBy(attester)).toEqual([[4n, 5n, 600n]]);
  });
});

describe('a point is not signed', () => {
  it('if the journal has a different head there, or no such entry', async () => {
    const world = new PointWorld();
    world.append(10n, 3);
    const attester = world.start();
    const head = bytes32(`0x${'99'.repeat(32)}`);
    for (const count of [2n, 4n]) {
      const name = edgeName(world.world.journal.edge, { generation: 1, previousHead: head }, keccak256);
      world.point = { name, count, head };
      await world.move(WINDOW + 20n + count);
      expect(world.refusal).toContain(
        count === 2n ? `the journal has ${world.world.chain.headAt(2n)} there` : 'the journal has no such entry there',
      );
    }
    const codes = world.world.observer.named('point-unsigned').map(({ fields }) => fields['code']);
    expect([attester.signed, codes]).toEqual([[], ['POINT_REFUSED', 'POINT_REFUSED']]);
  });

  it('under another name than the edge’s next, or during or after the rewind', async () => {
    const world = new PointWorld();
    world.append(10n, 3);
    const attester = world.start();
    const later = world.name(2n, 2);
    await world.move(WINDOW + 20n);
    expect(world.refusal).toContain(`it is named ${later}; the next name of the edge at that head is`);
    const next = world.name(2n);
    world.world.replica = { ...world.world.replica, isRewinding: true };
    await world.move(WINDOW + 30n);
    world.world.replica = { name: next, count: 2n, generation: 1, isRewinding: false };
    await world.move(2n * WINDOW + 20n);
    expect([attester.signed, world.world.observer.named('point-unsigned').length]).toEqual([[], 1]);
  });

  it('at a height where the history holds another block, but at the next heartbeat above the fork', async () => {
    const world = new PointWorld();
    world.append(10n, 3);
    world.name(2n);
    const value = bytes32(`0x${'bb'.repeat(32)}`);
    const chainId = Number(world.world.chain.chainId);
    await world.world.history.record([{ kind: 'block', chainId, height: 304n, value }]);
    const attester = world.start();
    await world.move(WINDOW + 20n);
    expect(world.refusal).toContain(`the signing history holds block ${value} at height 304`);
    await world.move(2n * WINDOW + 20n);
    expect(world.signedBy(attester)).toEqual([[2n, 3n, 600n]]);
  });

  it('by a key that must not sign, or while its chain is in doubt', async () => {
    const world = new PointWorld();
    world.append(10n, 3);
    world.name(2n);
    const attester = world.start();
    world.world.chain.setCondition({ kind: 'no-quorum', reason: 'two of four', sinceMs: 1 });
    await world.move(WINDOW + 20n);
    world.world.chain.setCondition({ kind: 'live' });
    world.world.permit.refuse({ code: 'HISTORY_OLDER', detail: 'older than its acts' });
    await world.move(WINDOW + 21n);
    expect(attester.signed).toEqual([]);
    expect(world.refusal).toBe('older than its acts');
  });
});
