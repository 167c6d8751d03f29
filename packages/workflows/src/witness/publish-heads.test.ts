import { AppError, type Bytes32, bytes32 } from '@surety/domain';
import { describe, expect, test } from 'vitest';
import type { ParkedCredit } from '../ports/ledger.js';
import type { LandOutcome } from '../ports/transactions.js';
import type { HeadPublisher, ReadWorths, WitnessRecord } from '../ports/witness.js';
import { FailingLoops } from '../running/failing-loops.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type PublishHeadsDeps, freshPublishMemory, publishHeads, publishHeadsOnce } from './publish-heads.js';
import { waitingCredits } from './waiting-credits.js';

const HEAD: Bytes32 = bytes32(`0x${'11'.repeat(32)}`);
const LANDED = { kind: 'landed', txHash: `0x${'22'.repeat(32)}`, gasUsed: 1n, feeWei: 1n } as unknown as LandOutcome;

interface FakePublisher extends HeadPublisher {
  record: WitnessRecord;
  feeWei: bigint;
  /** All publications, by the chain's logs. */
  logged: { count: bigint; atMs: number }[];
  outcome: LandOutcome;
  published: number;
}

function publisher(name: string): FakePublisher {
  const own: FakePublisher = {
    name,
    record: { recorded: 0n, head: HEAD, confirmed: 0n, conflicted: false },
    isDelivered: true,
    feeWei: 10n,
    logged: [],
    outcome: LANDED,
    published: 0,
    readRecord: async () => own.record,
    readPublished: async (past) => own.logged.filter(({ count }) => count > past),
    readCost: async () => ({ feeWei: own.feeWei, gasWei: 0n }),
    publish: async () => {
      own.published++;
      return own.outcome;
    },
  };
  return own;
}

const credit = (index: bigint, reason = 'UNCONFIRMED', amount = 1n): ParkedCredit => ({
  index,
  vaultAsset: 1,
  amount,
  fee: 0n,
  reason,
});

/** Unknown worths, so that nothing waits for more. */
const unknownWorth: ReadWorths = async (amounts) => amounts.map(() => null);
/** One unit is worth one wei. */
const unitWorth: ReadWorths = async (amounts) => amounts.map(({ units }) => units);

function world(parked: readonly ParkedCredit[], m = 1, readWorths = unknownWorth) {
  const journal = { count: 100n };
  const [first, second] = [publisher('layerzero'), publisher('wormhole')];
  const clock = new FakeClock();
  const observer = new RecordingObserver();
  const deps: PublishHeadsDeps = {
    edge: bytes32(`0x${'e1'.repeat(32)}`),
    source: 1,
    direction: 'to-ledger',
    publishers: [first, second],
    waiting: waitingCredits([{ readParked: async () => parked }], 1, readWorths),
    readJournal: async () => journal.count,
    clock,
    observer,
    policy: { pollIntervalMs: 100, feeMaxWei: 10n, fallbackAfterMs: 1000, stalenessMs: 200, feeShareBps: 100n, m },
  };
  const memory = freshPublishMemory();
  return { first, second, clock, observer, deps, journal, memory, once: () => publishHeadsOnce(deps, memory) };
}

describe('nothing is published', () => {
  test.each([
    ['where nothing is parked', []],
    ['where what is parked waits for something else', [credit(4n, 'CAP')]],
  ])('%s', async (_name, parked) => {
    const { once, first } = world(parked);
    expect(await once()).toEqual([]);
    expect(first.published).toBe(0);
  });

  test('if enough witnesses have recorded it already', async () => {
    const { once, first } = world([credit(4n)]);
    first.record = { ...first.record, recorded: 4n };
    expect(await once()).toEqual([]);
  });

  test('above the budget, and the next witness is used instead', async () => {
    const { once, first, observer } = world([credit(4n)]);
    first.feeWei = 11n;
    expect(await once()).toEqual(['wormhole']);
    expect(observer.events.map(({ name }) => name)).toEqual(['publish-too-dear', 'head-published']);
  });

  test('by a witness that contradicts the journal', async () => {
    const { once, first } = world([credit(4n)]);
    first.record = { ...first.record, conflicted: true };
    expect(await once()).toEqual(['wormhole']);
  });
});

test('one head is published once, over the first witness, while it is in flight', async () => {
  const { once, clock } = world([credit(3n), credit(4n)]);
  expect(await once()).toEqual(['layerzero']);
  expect(await once()).toEqual([]);
  await clock.advance(999);
  expect(await once()).toEqual([]);
});

/** Milliseconds by which the time of day is set back meanwhile. */
const BACK_MS = [0, 4 * 3_600_000];

test.each(BACK_MS)('a late head goes over the next witness, then over the first again, %d back', async (backMs) => {
  const { once, first, clock } = world([credit(4n)]);
  expect(await once()).toEqual(['layerzero']);
  first.logged = [{ count: 4n, atMs: clock.nowMs() }];
  clock.setBack(backMs);
  await clock.advance(1000);
  expect(await once()).toEqual(['wormhole']);
  await clock.advance(1000);
  expect(await once()).toEqual(['layerzero']);
});

test('as many witnesses are used as must confirm', async () => {
  const { once } = world([credit(4n)], 2);
  expect(await once()).toEqual(['layerzero', 'wormhole']);
  expect(await once()).toEqual([]);
});

test('amounts parked while a head is in flight go with the next one, over the same witness', async () => {
  const parked = [credit(4n)];
  const { once, first, journal } = world(parked);
  journal.count = 4n;
  expect(await once()).toEqual(['layerzero']);
  parked.push(credit(9n));
  journal.count = 9n;
  expect(await once()).toEqual([]);
  first.record = { ...first.record, recorded: 4n };
  expect(await once()).toEqual(['layerzero']);
  expect(first.published).toBe(2);
});

test('amounts parked before a head was published are covered by it', async () => {
  const parked = [credit(4n)];
  const { once, first } = world(parked);
  expect(await once()).toEqual(['layerzero']);
  parked.push(credit(9n));
  await first.readRecord();
  expect(await once()).toEqual([]);
});

test('a number that the journal has not reached is no reason to publish', async () => {
  const { once, journal, observer } = world([credit(101n)]);
  expect(await once()).toEqual([]);
  expect(observer.events).toEqual([]);
  journal.count = 101n;
  expect(await once()).toEqual(['layerzero']);
});

test.each(BACK_MS)('a false count of no journal delays by at most one publication’s time, %d back', async (backMs) => {
  const { once, first, clock } = world([credit(4n)]);
  first.record = { ...first.record, recorded: 2n ** 64n - 1n };
  expect(await once()).toEqual([]);
  clock.setBack(backMs);
  await clock.advance(1000);
  expect(await once()).toEqual(['layerzero']);
  expect(await once()).toEqual([]);
  await clock.advance(1000);
  expect(await once()).toEqual(['wormhole']);
});

test('nor does one that changes at each poll', async () => {
  const { once, first, clock } = world([credit(4n)]);
  const paidAtMs: number[] = [];
  for (let step = 0; step < 20; step++) {
    first.record = { ...first.record, recorded: 1_000_000n + BigInt(step) };
    if ((await once()).length > 0) paidAtMs.push(step * 100);
    await clock.advance(100);
  }
  expect(paidAtMs).toEqual([1000]);
});

test('while records come and none is confirmed, the wait doubles with each', async () => {
  const { once, first, second, clock } = world([credit(4n)]);
  second.record = { ...second.record, conflicted: true };
  const times: number[] = [];
  for (let at = 0; at < 16; at++) {
    if ((await once()).length > 0) {
      times.push(at);
      first.record = { ...first.record, recorded: 4n + BigInt(times.length) };
    }
    await clock.advance(1000);
  }
  expect(times).toEqual([0, 2, 5, 10]);
});

test('a witness that cannot be read, or whose transport fails, delays no other, and is reported', async () => {
  for (const broken of ['readRecord', 'readPublished', 'readCost', 'publish'] as const) {
    const { once, first, second } = world([credit(4n)]);
    first[broken] = async () => {
      throw new AppError({ code: 'WITNESS_UNREADABLE', message: 'no code there', retryable: true });
    };
    await expect(once()).rejects.toMatchObject({ code: 'WITNESS_UNREADABLE' });
    expect(second.published).toBe(1);
  }
});

test.each(BACK_MS)('a reverted publication cost gas: it is retried as late as a lost one, %d back', async (backMs) => {
  const { once, first, clock } = world([credit(4n)]);
  first.outcome = { ...LANDED, kind: 'reverted', name: 'FeeTooLow' } as LandOutcome;
  expect(await once()).toEqual(['wormhole']);
  clock.setBack(backMs);
  const published: number[] = [];
  for (const passedMs of [0, 999, 1]) {
    await clock.advance(passedMs);
    await once();
    published.push(first.published);
  }
  expect(published).toEqual([1, 1, 2]);
});

test('a large credit behind pages of others with another reason is found', async () => {
  const older = Array.from({ length: 600 }, (_, at) => credit(BigInt(at + 1), 'CAP'));
  const listed = [...older, credit(700n)];
  const paged = {
    readParked: async (_: number, after: bigint) => listed.filter(({ index }) => index > after).slice(0, 256),
  };
  const look = () => waitingCredits([paged], 1, unitWorth).readWaiting();
  expect(await look()).toEqual([{ count: 700n, worthWei: 1n }]);
});

test('a publication that the chain refuses is not in flight', async () => {
  const { once, first, observer } = world([credit(4n)]);
  first.outcome = { kind: 'refused', name: 'FeeMismatch', detail: '' };
  expect(await once()).toEqual(['wormhole']);
  expect(observer.events[0]).toMatchObject({
    name: 'publish-refused',
    fields: { witness: 'layerzero', outcome: 'refused' },
  });
});

test('the loop reports a failure once, continues, and ends on another chain', async () => {
  const { deps, observer, clock } = world([]);
  let asked = 0;
  const waiting = {
    readWaiting: async () => {
      asked++;
      const code = asked < 3 ? 'RPC_UNAVAILABLE' : 'CHAIN_MISMATCH';
      throw new AppError({ code, message: code, retryable: asked < 3 });
    },
  };
  const failingLoops = new FailingLoops(clock);
  const running = publishHeads({ ...deps, waiting, failingLoops }, new AbortController().signal);
  const ended = running.catch((error: unknown) => error);
  await clock.advance(60_000);
  expect(await ended).toMatchObject({ code: 'CHAIN_MISMATCH' });
  expect(observer.events.map(({ level }) => level)).toEqual(['warn', 'debug']);
});

describe('publications by others', () => {
  test('are relied on until the deadline, and then paid for over the next witness', async () => {
    const { once, first, clock } = world([credit(4n)]);
    first.logged = [{ count: 4n, atMs: clock.nowMs() - 400 }];
    expect(await once()).toEqual([]);
    await clock.advance(599);
    expect(await once()).toEqual([]);
    await clock.advance(1);
    expect(await once()).toEqual(['wormhole']);
  });

  test('from before an amount was in the journal do not serve it', async () => {
    const { once, first, clock } = world([credit(4n)]);
    first.logged = [{ count: 3n, atMs: clock.nowMs() }];
    expect(await once()).toEqual(['layerzero']);
  });

  test('that are repeated forever prevent us from paying for no longer than one deadline', async () => {
    const { once, first, second, clock } = world([credit(4n)]);
    const paidAtMs: number[] = [];
    const since = clock.nowMs();
    for (let step = 0; step < 40; step++) {
      for (const one of [first, second]) one.logged.push({ count: 4n + BigInt(step), atMs: clock.nowMs() });
      if ((await once()).length > 0) paidAtMs.push(clock.nowMs() - since);
      await clock.advance(100);
    }
    expect(paidAtMs[0]).toBe(1000);
  });

  test('that logs invent at each poll delay for no longer either', async () => {
    const { once, first, second, clock } = world([credit(4n)]);
    const since = clock.nowMs();
    let published: readonly string[] = [];
    while (published.length === 0) {
      for (const one of [first, second]) one.logged = [{ count: 99n, atMs: clock.nowMs() }];
      published = await once();
      await clock.advance(100);
    }
    // Amounts present at the first poll are due, so they wait for one deadline.
    expect(clock.nowMs() - since).toBe(1100);
  });
});

test('that cannot be read do not prevent paying once they would no longer count', async () => {
  const { once, first, second, clock } = world([credit(4n)]);
  for (const one of [first, second])
    one.readPublished = async () => {
      throw new AppError({ code: 'RPC_UNAVAILABLE', message: 'no logs', retryable: true });
    };
  await expect(once()).rejects.toThrow('no logs');
  // Amounts present at the first poll are due, so they wait for one deadline.
  await clock.advance(999);
  await expect(once()).rejects.toThrow('no logs');
  expect(first.published).toBe(0);
  await clock.advance(1);
  await expect(once()).rejects.toThrow('no logs');
  expect([first.published, second.published]).toEqual([1, 0]);
});

describe('value waits for more', () => {
  const small = () => credit(5n, 'UNCONFIRMED', 999n);
  const begun = async (parked: ParkedCredit[], m = 1) => {
    const made = world(parked, m, unitWorth);
    await made.once();
    return made;
  };

  test.each(BACK_MS)('until the oldest has waited its maximum, %d back', async (backMs) => {
    const parked: ParkedCredit[] = [];
    const { once, clock, observer } = await begun(parked);
    parked.push(small());
    expect(await once()).toEqual([]);
    expect(observer.events).toMatchObject([{ name: 'publication-waits', fields: { until_ms: clock.nowMs() + 200 } }]);
    clock.setBack(backMs);
    await clock.advance(199);
    expect(await once()).toEqual([]);
    await clock.advance(1);
    expect(await once()).toEqual(['layerzero']);
  });

  test('or until the cost is a small share of it', async () => {
    const parked: ParkedCredit[] = [];
    const { once } = await begun(parked);
    parked.push(small());
    expect(await once()).toEqual([]);
    parked.push(credit(6n, 'UNCONFIRMED', 1n));
    expect(await once()).toEqual(['layerzero']);
  });

  test('and a crowd of other numbers, above the journal or in it, does not make it wait again', async () => {
    for (const isPast of [true, false]) {
      const { deps, memory, clock, journal } = await begun([]);
      journal.count = 100_000n;
      const crowdOf = (look: number) => (isPast ? 200_000 : 10) + 4_000 * look;
      const lookAt = (look: number) =>
        Array.from({ length: 4_001 }, (_, at) => ({ count: BigInt(at === 0 ? 5 : crowdOf(look) + at), worthWei: 0n }));
      const once = (look: number) =>
        publishHeadsOnce({ ...deps, waiting: { readWaiting: async () => lookAt(look) } }, memory);
      for (let look = 0; look < 4; look++) {
        expect(await once(look)).toEqual([]);
        await clock.advance(50);
      }
      // The crowd of the fifth poll makes it forgotten, and then it is due.
      expect(await once(4)).toEqual(['layerzero']);
    }
  });

  test('unless it was there before this process, since its age is unknown', async () => {
    const { once } = world([small()], 1, unitWorth);
    expect(await once()).toEqual(['layerzero']);
  });

  test('of the witnesses the cheapest is used', async () => {
    const { once, first, second } = world([credit(5n)]);
    [first.feeWei, second.feeWei] = [9n, 8n];
    expect(await once()).toEqual(['wormhole']);
  });
});

test('a publication above the day’s budget waits, is reported once, and goes out when the budget allows it', async () => {
  const { once, first, second, observer } = world([credit(4n)]);
  let isSpent = true;
  for (const one of [first, second])
    one.publish = async () => {
      if (isSpent) throw new AppError({ code: 'BUDGET_SPENT', message: 'wait until midnight UTC', retryable: true });
      return LANDED;
    };
  expect(await once()).toEqual([]);
  expect(await once()).toEqual([]);
  expect(observer.events.map(({ name, level }) => [name, level])).toEqual([
    ['publish-over-budget', 'warn'],
    ['publication-stuck', 'warn'],
  ]);
  isSpent = false;
  expect(await once()).toEqual(['layerzero']);
});
