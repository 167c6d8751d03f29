import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AppError,
  type BlockHeight,
  type Bytes32,
  WAD,
  address,
  blockHash,
  bytes32,
  chainId,
  wad,
} from '@surety/domain';
import { formatHealthStep, healthCrossings, healthRungOf, steadyPrice } from '@surety/margin';
import { type Store, openStore } from '@surety/store';
import {
  type FinalBlock,
  HEALTH_IN_TURN,
  HEALTH_READ_MAX,
  type HealthNotice,
  HealthWatch,
  type LineFact,
  type MarginSnapshot,
  type MarginSums,
  NO_CHANGES,
  type ObservedEvent,
  weighAccount,
} from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TERMS } from '../testing/test-ledger.js';

const PROTOCOL = address(`0x${'99'.repeat(20)}`);
/** 1,000 dollars of asset 4 count 931 at maintenance and at a price of 1. */
const UNITS = 1_000_000_000n;
const COUNTED = 931n * 10n ** 18n;
const word = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const ALICE = word(1);
const UNANSWERED = new AppError({ code: 'NO_QUORUM', message: 'nobody answers', retryable: true });

let folder: string;
let store: Store;
let height: bigint;
/** What the ledger requires of accounts at maintenance. */
let required: Map<Bytes32, bigint>;
let asked: Bytes32[];
/** Accounts whose requirement each provider answers differently. */
let split: Set<Bytes32>;
/** Protocols that the ledger lists. */
let listed: Set<string>;
/** Status bits of the ledger's margins. */
let status: bigint;
let failure: AppError | undefined;
let notices: HealthNotice[];
let events: ObservedEvent[];
/** Called for each notice before it counts as told. */
let onTell: () => void;
let watch: HealthWatch;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'surety-health-'));
  store = await openStore(`sqlite:${join(folder, 'store.sqlite')}`);
  [height, required, asked, failure, notices, events] = [10n, new Map(), [], undefined, [], []];
  [status, split] = [0n, new Set()];
  listed = new Set([PROTOCOL]);
  onTell = () => undefined;
  watch = newWatch();
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function newWatch(): HealthWatch {
  return new HealthWatch({
    store: store.health,
    known: new Set(),
    observer: { observe: (event) => void events.push(event) },
    tell: (crossed) => {
      for (const notice of crossed) {
        onTell();
        notices.push(notice);
      }
    },
    reader: {
      readListed: async (protocols) => protocols.map((protocol) => listed.has(protocol)),
      readAgreedMargins: async ({ accounts }) => {
        if (failure !== undefined) throw failure;
        asked.push(...accounts);
        const agreed = accounts.filter((account) => !split.has(account));
        return new Map(agreed.map((account) => [account, marginOf(required.get(account) ?? 0n)]));
      },
    },
  });
}

function marginOf(maintenanceRequirement: bigint): MarginSums {
  const figures = { initial: 1n, exit: 1n, maintenance: 1n, status, oldestAsOf: 0n };
  return { ...figures, initialRequirement: 0n, exitRequirement: 0n, maintenanceRequirement };
}

/** The next final block with prices of assets 4 and 5, in parts per million of a dollar, and the coverage of asset 4 if that is below 1. */
function snapshotAt(pricePpm: bigint, coverage?: bigint, secondPpm = 1_000_000n): MarginSnapshot {
  height += 1n;
  const block = {
    chainId: chainId(99),
    height: height as BlockHeight,
    hash: hashAt(height),
    timestamp: timeAt(height),
  };
  const pricesAt = (ppm: bigint) => TERMS.prices.map((price) => steadyPrice({ ...price, price1e12: ppm * 10n ** 6n }));
  return {
    block: block as FinalBlock,
    terms: new Map([
      [4, { ...TERMS, prices: pricesAt(pricePpm) }],
      [5, { ...TERMS, assetId: 5, prices: pricesAt(secondPpm) }],
    ]),
    coverages: new Map(coverage === undefined ? [] : [[4, coverage]]),
  };
}

/** Blocks come each second. */
function timeAt(at: bigint): bigint {
  return 1_700_000_000n + at;
}

function hashAt(at: bigint): FinalBlock['hash'] {
  return blockHash(`0x${at.toString(16).padStart(64, '0')}`);
}

async function hold(
  accounts: readonly Bytes32[],
  { opted, lines }: { readonly opted: boolean; readonly lines?: readonly LineFact[] },
): Promise<void> {
  const cursor = {
    chainId: 99,
    height,
    hash: hashAt(height),
    timestamp: 1n,
    changed: { height, hash: hashAt(height) },
  };
  const line = { assetId: 4, amount: UNITS, unseasoned: 0n, seasonEnd: 0n, enabled: true };
  await store.collateral.saveStep({
    cursor,
    ...NO_CHANGES,
    lines: lines ?? accounts.map((account) => ({ ...line, account })),
    optIns: opted ? accounts.map((account) => ({ account, protocol: PROTOCOL })) : [],
  });
}

/** Lines in both assets, some empty, some that do not count. */
function linesIn(account: Bytes32, draw: (bound: bigint) => bigint): LineFact[] {
  return [4, 5].map((assetId) => {
    const amount = draw(8n) === 0n ? 0n : draw(2n * UNITS);
    return { account, assetId, amount, unseasoned: 0n, seasonEnd: 0n, enabled: draw(8n) > 0n };
  });
}

/** Numbers below a bound, the same for a seed: the linear congruence of Knuth's MMIX. */
function seededDraw(seed: bigint): (bound: bigint) => bigint {
  let state = seed;
  return (bound) => {
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    return (state >> 33n) % bound;
  };
}

function raise(message: string): never {
  throw new Error(message);
}

const told = (): string[] => notices.map(({ step, direction }) => `${direction} ${step}`);

describe('an account that crosses the ladder', () => {
  it('is told each step once, down and up, with its figures and the block', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, (COUNTED * 10n) / 16n);
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    expect(told()).toEqual([]);
    await watch.look(snapshotAt(900_000n), []);
    expect(notices).toEqual([
      {
        account: ALICE,
        step: '1.5',
        direction: 'down',
        aM: (COUNTED * 9n) / 10n,
        qM: (COUNTED * 10n) / 16n,
        block: { chainId: 99, height: 12n, hash: hashAt(12n), timestamp: timeAt(12n) },
      },
    ]);
    await watch.look(snapshotAt(600_000n), []);
    await watch.look(snapshotAt(600_000n), [ALICE]);
    await watch.look(snapshotAt(1_000_000n), []);
    expect(told()).toEqual(['down 1.5', 'down 1.2', 'down 1.05', 'down 1', 'up 1', 'up 1.05', 'up 1.2', 'up 1.5']);
    expect(events.map(({ name, level, fields }) => [name, level, fields['step']])).toContainEqual([
      'health-crossed',
      'warn',
      '1',
    ]);
    expect(events.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('is worth what the last prices say, also between two steps, where its row stays as it was', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED / 2n);
    expect(watch.valuedAssetsOf(ALICE)).toBeUndefined();
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    const [row] = await store.health.loadHealth([ALICE]);
    await watch.look(snapshotAt(900_000n), []);
    expect(watch.valuedAssetsOf(ALICE)).toEqual({
      assets: (COUNTED * 9n) / 10n,
      block: { chainId: 99, height, hash: hashAt(height), timestamp: timeAt(height) },
    });
    expect(await store.health.loadHealth([ALICE])).toEqual([row]);
    expect([watch.valuedAssetsOf(word(5)), told()]).toEqual([undefined, []]);
  });

  it('leaves a trail: debt, a fall, and its end, though its row is gone', async () => {
    await hold([ALICE], { opted: true });
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    required.set(ALICE, COUNTED / 2n);
    await watch.look(snapshotAt(1_000_000n), []);
    await watch.look(snapshotAt(995_000n), []);
    await watch.look(snapshotAt(900_000n), []);
    required.delete(ALICE);
    await watch.look(snapshotAt(900_000n), [ALICE]);
    await watch.look(snapshotAt(500_000n), [ALICE]);
    const trail = await store.health.loadPoints(ALICE, undefined, 10);
    expect(trail).toMatchObject([
      { height: 15n, timestamp: timeAt(15n), requirement: 0n, assets: (COUNTED * 9n) / 10n },
      { height: 14n, timestamp: timeAt(14n), requirement: COUNTED / 2n, assets: (COUNTED * 9n) / 10n },
      { height: 12n, timestamp: timeAt(12n), requirement: COUNTED / 2n, assets: COUNTED },
    ]);
  });

  it('is judged by what it owes now: a debt that grew is seen when its turn comes', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED / 2n);
    await watch.look(snapshotAt(1_000_000n), []);
    required.set(ALICE, COUNTED);
    await watch.look(snapshotAt(1_000_000n), []);
    expect(told()).toEqual(['down 1.5', 'down 1.2', 'down 1.05']);
    required.set(ALICE, COUNTED + 1n);
    await watch.look(snapshotAt(1_000_000n), []);
    expect(told().at(-1)).toBe('down 1');
  });

  it('has paid: it is told that it is above all steps, and is forgotten', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED);
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    required.delete(ALICE);
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    expect(told().slice(3)).toEqual(['up 1.05', 'up 1.2', 'up 1.5']);
    expect(await store.health.loadHealth([ALICE])).toEqual([]);
  });

  it('owes nothing: it has no notice, is asked for by nobody and leaves no row', async () => {
    await hold([word(2)], { opted: false });
    await hold([word(3)], { opted: true });
    await watch.look(snapshotAt(1_000_000n), [word(2), word(3), word(4)]);
    await watch.look(snapshotAt(100n), [word(2), word(3)]);
    expect(notices).toEqual([]);
    expect(new Set(asked)).toEqual(new Set([word(3)]));
    expect(await store.health.loadHealth([word(2), word(3)])).toEqual([]);
  });
});

describe('an account of which no worth is known', () => {
  /** The same block where no price of asset 4 was ever accepted. */
  const unpriced = (snapshot: MarginSnapshot): MarginSnapshot => {
    const prices = TERMS.prices.map((price) => steadyPrice({ ...price, price1e12: 0n, observedAt: 0n }));
    return { ...snapshot, terms: new Map([...snapshot.terms, [4, { ...TERMS, prices }]]) };
  };

  it('stays where it was last known to stand, also if it owes more, and is judged once its price is there', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED / 2n);
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    await watch.look(unpriced(snapshotAt(1n)), []);
    required.set(ALICE, COUNTED);
    await watch.look(unpriced(snapshotAt(1n)), [ALICE]);
    expect([told(), await store.health.loadPoints(ALICE, undefined, 10)]).toMatchObject([[], [{ assets: COUNTED }]]);
    await watch.look(snapshotAt(1_000_000n), []);
    expect(told()).toEqual(['down 1.5', 'down 1.2', 'down 1.05']);
  });

  it('has no notice where the ledger alone does not know it', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED * 2n);
    status = 32n;
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    expect(told()).toEqual([]);
    status = 0n;
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    expect(told().at(-1)).toBe('down 1');
  });
});

describe('a price that trembles', () => {
  it.each([1n, 2n, 3n, 4n])(
    'leaves notices that sum up to where the account stands, on a path with restarts (seed %d)',
    async (seed) => {
      const draw = seededDraw(seed);
      await hold([ALICE], { opted: true });
      required.set(ALICE, COUNTED / 2n);
      for (let step = 0; step < 40; step++) {
        if (draw(4n) === 0n) watch = newWatch();
        // Health goes from 0.9 to 1.6, often by little.
        const pricePpm = 450_000n + draw(350_001n);
        await watch.look(snapshotAt(pricePpm), []);
        const below = notices.reduce((sum, { direction }) => sum + (direction === 'down' ? 1 : -1), 0);
        const stepsAbove = (tremble: bigint): number =>
          [1_500_000n, 1_200_000n, 1_050_000n, 1_000_000n].filter((one) => 2n * pricePpm < one + tremble).length;
        expect(below).toBeGreaterThanOrEqual(stepsAbove(0n));
        expect(below).toBeLessThanOrEqual(stepsAbove(10_000n));
      }
      expect(notices.length).toBeGreaterThan(20);
      // One step is never told twice in one direction without the other between.
      for (const wanted of ['1.5', '1.2', '1.05', '1']) {
        const own = notices.filter(({ step }) => step === wanted).map(({ direction }) => direction);
        expect(own).toEqual(own.map((_, at) => (at % 2 === 0 ? 'down' : 'up')));
      }
    },
  );

  it('within a hundredth of a step is told once', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED / 2n);
    for (const pricePpm of [1_000_000n, 749_999n, 750_000n, 754_000n, 749_000n, 750_001n]) {
      await watch.look(snapshotAt(pricePpm), []);
    }
    expect(told()).toEqual(['down 1.5']);
    await watch.look(snapshotAt(755_000n), []);
    expect(told()).toEqual(['down 1.5', 'up 1.5']);
  });
});

describe('a restart', () => {
  it('repeats no notice, and misses nothing of the time between', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED / 2n);
    await watch.look(snapshotAt(740_000n), [ALICE]);
    watch = newWatch();
    await watch.look(snapshotAt(740_000n), []);
    expect(told()).toEqual(['down 1.5']);
    watch = newWatch();
    await watch.look(snapshotAt(590_000n), []);
    expect(told()).toEqual(['down 1.5', 'down 1.2']);
  });

  it('tells what was stored and not told when the process died, with the block of then', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED / 2n);
    onTell = () => {
      throw new Error('killed');
    };
    await expect(watch.look(snapshotAt(740_000n), [ALICE])).rejects.toThrow('killed');
    onTell = () => undefined;
    watch = newWatch();
    failure = UNANSWERED;
    await expect(watch.look(snapshotAt(740_000n), [])).rejects.toThrow('nobody answers');
    expect(notices).toMatchObject([{ step: '1.5', direction: 'down', block: { height: 11n } }]);
    failure = undefined;
    await watch.look(snapshotAt(740_000n), []);
    expect(notices).toHaveLength(1);
  });

  it.each([
    ['and the account recovers', 1_000_000n, ['down 1.5', 'down 1.5', 'up 1.5']],
    ['and it stays there', 740_000n, ['down 1.5', 'down 1.5']],
    ['and it falls further', 590_000n, ['down 1.5', 'down 1.5', 'down 1.2']],
  ])('is not needed for a mark that could not be written, %s', async (_, pricePpm, wanted) => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED / 2n);
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    const { health } = store;
    const save = health.saveHealth.bind(health);
    // The row is written, its mark is not.
    let writes = 0;
    health.saveHealth = (facts) => (++writes === 2 ? Promise.reject(new Error('the disk is full')) : save(facts));
    await expect(watch.look(snapshotAt(740_000n), [])).rejects.toThrow('the disk is full');
    const first = notices[0]?.block;
    await watch.look(snapshotAt(pricePpm), []);
    expect(told()).toEqual(wanted);
    // With the block of then it has the same id.
    expect(notices[1]?.block).toEqual(first);
    const [row] = await store.health.loadHealth([ALICE]);
    expect(row?.told).toBe(row?.rung);
  });

  it.each([
    ['the row is there, but nothing after it can be read', 'loadLinesOfAll'],
    ['the outbox takes nothing', 'tell'],
  ] as const)('is not needed where %s', async (_, broken) => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED / 2n);
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    const { health } = store;
    const load = health.loadLinesOfAll.bind(health);
    let loads = 0;
    if (broken === 'loadLinesOfAll')
      health.loadLinesOfAll = (accounts) => (++loads === 2 ? Promise.reject(new Error('broken')) : load(accounts));
    else onTell = () => ((onTell = () => undefined), raise('broken'));
    await expect(watch.look(snapshotAt(740_000n), [])).rejects.toThrow('broken');
    const { height: then } = snapshotAt(1n).block;
    await watch.look(snapshotAt(590_000n), []);
    expect(notices.map(({ step, block }) => [step, block.height])).toEqual([
      ['1.5', then - 1n],
      ['1.2', then + 1n],
    ]);
  });

  it('keeps whoever was to be looked at while no quorum answers', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED);
    failure = UNANSWERED;
    await expect(watch.look(snapshotAt(1_000_000n), [ALICE])).rejects.toThrow('nobody answers');
    expect(watch.dueCount).toBe(1);
    failure = undefined;
    await watch.look(snapshotAt(1_000_000n), []);
    expect([watch.dueCount, told().length]).toEqual([0, 3]);
  });
});

describe('an asset whose coverage falls', () => {
  it('has all its holders weighed again, those whose turn is far off too', async () => {
    const accounts = Array.from({ length: 300 }, (_, at) => word(1_000 + at));
    await hold(accounts, { opted: true });
    for (const account of accounts) required.set(account, COUNTED / 2n);
    for (let looks = 0; looks < 3; looks++) await watch.look(snapshotAt(1_000_000n), []);
    expect(told()).toEqual([]);
    while (notices.length < accounts.length) {
      const before = notices.length;
      await watch.look(snapshotAt(1_000_000n, 7n * 10n ** 17n), []);
      expect(notices.length - before).toBeGreaterThan(HEALTH_IN_TURN);
    }
    expect(new Set(told())).toEqual(new Set(['down 1.5']));
  });
});

describe('many accounts in two assets', () => {
  it.each([11n, 12n])(
    'stand and are told as if everybody were valued at each block, over restarts and failures (seed %d)',
    async (seed) => {
      const draw = seededDraw(seed);
      const accounts = Array.from({ length: 60 }, (_, at) => word(1_000 + at));
      const held = new Map<Bytes32, LineFact[]>();
      const stood = new Map<Bytes32, number>();
      const said = new Map<Bytes32, number>();
      const waiting = new Set<Bytes32>();
      for (let block = 0; block < 24; block += 1) {
        const touched = accounts.filter(() => block === 0 || draw(12n) === 0n);
        for (const account of touched) {
          held.set(account, linesIn(account, draw));
          if (block === 0 || draw(2n) === 0n) required.set(account, (COUNTED * draw(2_500n)) / 1_000n);
          waiting.add(account);
        }
        await hold(touched, { opted: true, lines: touched.flatMap((account) => held.get(account) ?? []) });
        if (draw(6n) === 0n) watch = newWatch();
        if (draw(6n) === 0n) watch.meetAll();
        const coverage = draw(4n) === 0n ? WAD - draw(WAD) : undefined;
        const snapshot = snapshotAt(800_000n + draw(400_000n), coverage, 500_000n + draw(1_000_000n));
        failure = block > 0 && draw(5n) === 0n ? UNANSWERED : undefined;
        notices = [];
        const ended = await watch.look(snapshot, [...waiting]).catch((cause: unknown) => cause);
        expect(ended).toBe(failure);
        if (failure !== undefined) continue;
        waiting.clear();
        const wanted = accounts.flatMap((account) => {
          const requirement = wad(required.get(account) ?? 0n);
          const { assets } = weighAccount(held.get(account) ?? [], snapshot).margin.grades.maintenance;
          const rung = healthRungOf({ assets, requirement }, stood.get(account));
          stood.set(account, rung);
          const holds = (held.get(account) ?? []).some(({ enabled, amount }) => enabled && amount > 0n);
          if (requirement > 0n && !holds && !said.has(account)) return [];
          const last = said.get(account) ?? 0;
          if (requirement > 0n) said.set(account, rung);
          else said.delete(account);
          return healthCrossings(last, rung).map(({ stepBps, direction }) =>
            [account, formatHealthStep(stepBps), direction, assets, requirement].join(' '),
          );
        });
        const given = notices.map(({ account, step, direction, aM, qM }) =>
          [account, step, direction, aM, qM].join(' '),
        );
        expect(given.toSorted()).toEqual(wanted.toSorted());
        const rows = await store.health.loadHealth(accounts);
        const owing = accounts.filter((account) => (required.get(account) ?? 0n) > 0n);
        expect(new Map(rows.map(({ account, rung }) => [account, rung]))).toEqual(
          new Map(owing.map((account) => [account, stood.get(account)])),
        );
      }
    },
  );
});

describe('an account that holds nothing', () => {
  const line = { account: ALICE, assetId: 4, amount: UNITS, unseasoned: 0n, seasonEnd: 0n, enabled: true };

  it.each([
    ['no line', []],
    ['an empty line', [{ ...line, amount: 0n }]],
    ['a line that does not count', [{ ...line, enabled: false }]],
  ])('and has %s is announced to nobody, whatever its protocol says of it, also after a restart', async (_, lines) => {
    await hold([ALICE], { opted: true, lines });
    for (const owed of [COUNTED, 0n, COUNTED, 1n, 0n, COUNTED]) {
      required.set(ALICE, owed);
      await watch.look(snapshotAt(1_000_000n), []);
    }
    watch = newWatch();
    await watch.look(snapshotAt(1_000_000n), []);
    expect(notices).toEqual([]);
    // It is shown as what it is all the same.
    expect(await store.health.loadBelow(4, undefined, 9)).toMatchObject([{ account: ALICE, rung: 4 }]);
  });

  it('is told where it stands once it holds something', async () => {
    await hold([ALICE], { opted: true, lines: [] });
    required.set(ALICE, COUNTED + 1n);
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    await hold([ALICE], { opted: true });
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    expect(told()).toEqual(['down 1.5', 'down 1.2', 'down 1.05', 'down 1']);
  });

  it.each([
    ['', () => undefined],
    [', also after a crash', () => raise('killed')],
  ])('any more is told to have fallen%s', async (_, first) => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED / 2n);
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    await hold([], { opted: true, lines: [{ ...line, amount: 0n }] });
    onTell = first;
    await watch.look(snapshotAt(1_000_000n), [ALICE]).catch(() => undefined);
    onTell = () => undefined;
    watch = newWatch();
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    expect(told()).toEqual(['down 1.5', 'down 1.2', 'down 1.05', 'down 1']);
  });

  it('but was told to be below a step is told once it is above, and no more', async () => {
    await hold([ALICE], { opted: true });
    required.set(ALICE, COUNTED + 1n);
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    notices = [];
    await hold([], { opted: true, lines: [{ ...line, amount: 0n }] });
    await watch.look(snapshotAt(1_000_000n), [ALICE]);
    for (const owed of [0n, COUNTED, 0n]) {
      required.set(ALICE, owed);
      await watch.look(snapshotAt(1_000_000n), [ALICE]);
    }
    expect(told()).toEqual(['up 1', 'up 1.05', 'up 1.2', 'up 1.5']);
    expect(await store.health.loadHealth([ALICE])).toEqual([]);
  });
});

describe('an account on whose requirement the providers differ', () => {
  it('stays where it was judged, is told of once, and takes nothing from the others', async () => {
    const [bob, carol] = [word(2), word(3)];
    await hold([ALICE, bob, carol], { opted: true });
    for (const account of [ALICE, bob, carol]) required.set(account, COUNTED / 2n);
    await watch.look(snapshotAt(1_000_000n), [ALICE, bob, carol]);
    const rows = await store.health.loadHealth([ALICE]);
    split.add(ALICE);
    required = new Map([
      [bob, COUNTED / 4n],
      [carol, COUNTED],
    ]);
    await watch.look(snapshotAt(1_000_000n), [ALICE, bob, carol]);
    await watch.look(snapshotAt(1_000_000n), []);
    expect(new Set(notices.map(({ account, qM }) => `${account} ${qM}`))).toEqual(new Set([`${carol} ${COUNTED}`]));
    expect(await store.health.loadHealth([ALICE])).toEqual(rows);
    expect(await store.health.loadHealth([bob])).toMatchObject([{ requirement: COUNTED / 4n }]);
    expect([watch.valuedAssetsOf(ALICE), watch.dueCount]).toEqual([undefined, 0]);
    expect(events.filter(({ name }) => name === 'health-unread')).toMatchObject([
      { level: 'warn', fields: { account: ALICE } },
    ]);
    // They agree again: she has paid.
    split.clear();
    await watch.look(snapshotAt(1_000_000n), []);
    expect(await store.health.loadHealth([ALICE])).toEqual([]);
  });

  it('is asked again at each look, whoever’s turn it is', async () => {
    await hold([ALICE, ...Array.from({ length: 100 }, (_, at) => word(1_000 + at))], { opted: true });
    split.add(ALICE);
    const counts: number[] = [];
    for (let looks = 0; looks < 4; looks++) {
      asked = [];
      await watch.look(snapshotAt(1_000_000n), []);
      expect(asked).toContain(ALICE);
      counts.push(asked.length);
    }
    // All, then the first of them in turn and her among these, then others in turn and her.
    expect(counts).toEqual([101, HEALTH_IN_TURN, HEALTH_IN_TURN + 1, HEALTH_IN_TURN + 1]);
  });

  it('is one of very many, and whoever comes after them is judged all the same', async () => {
    const hostile = Array.from({ length: 3 * HEALTH_READ_MAX }, (_, at) => word(1_000 + at));
    const last = word(9_000);
    await hold([...hostile, last], { opted: true });
    split = new Set(hostile);
    required.set(last, COUNTED);
    for (let looks = 0; looks < 4; looks++) {
      asked = [];
      await watch.look(snapshotAt(1_000_000n), []);
      expect(asked.length).toBeLessThanOrEqual(HEALTH_READ_MAX);
    }
    expect(told()).toEqual(['down 1.5', 'down 1.2', 'down 1.05']);
  });
});

describe('very many accounts', () => {
  it('that changed and can owe nothing take no place of those who may', async () => {
    const strangers = Array.from({ length: 3_000 }, (_, at) => word(1_000 + at));
    await hold([ALICE], { opted: true });
    await watch.look(snapshotAt(1_000_000n), []);
    required.set(ALICE, COUNTED + 1n);
    await watch.look(snapshotAt(1_000_000n), [...strangers, ALICE]);
    expect(told().at(-1)).toBe('down 1');
    expect(watch.dueCount).toBe(0);
  });

  it('are met again from the first, at full pace, if it is not known who changed', async () => {
    const accounts = Array.from({ length: 200 }, (_, at) => word(1_000 + at));
    await hold(accounts, { opted: true });
    await watch.look(snapshotAt(1_000_000n), []);
    await watch.look(snapshotAt(1_000_000n), []);
    asked = [];
    watch.meetAll();
    await watch.look(snapshotAt(1_000_000n), []);
    expect(asked).toEqual(accounts);
  });

  it('are valued anew, whoever is far from its turn too, if it is not known who changed', async () => {
    const accounts = Array.from({ length: 300 }, (_, at) => word(1_000 + at));
    await hold(accounts, { opted: true });
    for (const account of accounts) required.set(account, COUNTED / 2n);
    for (let looks = 0; looks < 2; looks++) await watch.look(snapshotAt(1_000_000n), accounts);
    const line = { account: word(1_299), assetId: 4, amount: UNITS / 2n, unseasoned: 0n, seasonEnd: 0n, enabled: true };
    await hold([], { opted: true, lines: [line] });
    watch.meetAll();
    await watch.look(snapshotAt(1_000_000n), []);
    expect(notices.map(({ account }) => account)).toContain(word(1_299));
  });

  it('cost what is touched: a quiet block some in turn, a price its holders alone, and the worst come first', async () => {
    const accounts = Array.from({ length: 3_000 }, (_, at) => word(1_000 + at));
    await hold(accounts, { opted: true });
    for (const account of accounts) required.set(account, COUNTED / 2n);
    const poorest = accounts[2_900] ?? ALICE;
    required.set(poorest, (COUNTED * 100n) / 155n);
    let looks = 0;
    while (asked.length < accounts.length) {
      await watch.look(snapshotAt(1_000_000n), []);
      looks += 1;
    }
    expect(looks).toBe(Math.ceil(accounts.length / HEALTH_READ_MAX));
    asked = [];
    await watch.look(snapshotAt(1_000_000n), []);
    expect(asked).toHaveLength(HEALTH_IN_TURN);
    asked = [];
    // Only the poorest stands elsewhere after this.
    await watch.look(snapshotAt(960_000n), []);
    expect(asked).toHaveLength(HEALTH_IN_TURN + 1);
    expect(notices.map(({ account }) => account)).toEqual([poorest]);
    asked = [];
    await watch.look(snapshotAt(600_000n), []);
    expect(asked).toHaveLength(HEALTH_READ_MAX);
    expect(asked).toContain(poorest);
    expect(watch.dueCount).toBe(accounts.length - HEALTH_READ_MAX);
  });

  it('judges what changed before what moved, and values nothing of it until then', async () => {
    const accounts = Array.from({ length: 3 * HEALTH_READ_MAX }, (_, at) => word(1_000 + at));
    await hold(accounts, { opted: true });
    for (const account of accounts) required.set(account, COUNTED / 2n);
    while (asked.length < accounts.length) await watch.look(snapshotAt(1_000_000n), []);
    await watch.look(snapshotAt(600_000n), []);
    const [waiting, taken] = [accounts.at(-2), accounts.at(-1)] as [Bytes32, Bytes32];
    expect(watch.dueCount).toBe(2 * HEALTH_READ_MAX);
    // Half of its line was taken, with the debt that it secured.
    const line = { account: taken, assetId: 4, amount: UNITS / 2n, unseasoned: 0n, seasonEnd: 0n, enabled: true };
    await hold([], { opted: true, lines: [line] });
    required.set(taken, COUNTED / 8n);
    failure = UNANSWERED;
    await expect(watch.look(snapshotAt(600_000n), [taken])).rejects.toBe(UNANSWERED);
    expect(watch.valuedAssetsOf(taken)).toBeUndefined();
    expect(watch.valuedAssetsOf(waiting)).toMatchObject({ block: { height } });
    [failure, asked] = [undefined, []];
    await watch.look(snapshotAt(600_000n), []);
    expect([asked.length, asked.includes(taken), asked.includes(waiting)]).toEqual([HEALTH_READ_MAX, true, false]);
    expect(watch.valuedAssetsOf(taken)).toMatchObject({ block: { height } });
  });
});
