import { AppError, type Bytes32, bytes32 } from '@surety/domain';
import { describe, expect, test } from 'vitest';
import type { ParkedCredit } from '../ports/ledger.js';
import type { LandOutcome } from '../ports/transactions.js';
import type { HeadPublisher, WitnessRecord } from '../ports/witness.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type PublishHeadsDeps, freshPublishMemory, publishHeads, publishHeadsOnce } from './publish-heads.js';
import { waitingCredits } from './waiting-credits.js';

const HEAD: Bytes32 = bytes32(`0x${'11'.repeat(32)}`);
const LANDED = { kind: 'landed', txHash: `0x${'22'.repeat(32)}`, gasUsed: 1n, feeWei: 1n } as unknown as LandOutcome;
const GENERATION = 1n << 64n;

interface FakePublisher extends HeadPublisher {
  record: WitnessRecord;
  feeWei: bigint;
  outcome: LandOutcome;
  published: number;
}

function publisher(name: string): FakePublisher {
  const own: FakePublisher = {
    name,
    record: { recorded: 0n, head: HEAD, confirmed: 0n, conflicted: false },
    feeWei: 10n,
    outcome: LANDED,
    published: 0,
    readRecord: async () => own.record,
    readFeeWei: async () => own.feeWei,
    publish: async () => {
      own.published++;
      return own.outcome;
    },
  };
  return own;
}

const credit = (index: bigint, reason = 'UNCONFIRMED'): ParkedCredit => ({
  index,
  vaultAsset: 1,
  amount: 1n,
  fee: 0n,
  reason,
});

function world(parked: readonly ParkedCredit[], m = 1) {
  const [first, second] = [publisher('layerzero'), publisher('wormhole')];
  const clock = new FakeClock();
  const observer = new RecordingObserver();
  const deps: PublishHeadsDeps = {
    source: 1,
    direction: 'to-ledger',
    publishers: [first, second],
    waiting: waitingCredits([{ readParked: async () => parked }], 1),
    clock,
    observer,
    policy: { pollIntervalMs: 100, feeMaxWei: 10n, fallbackAfterMs: 1000, m },
  };
  const memory = freshPublishMemory();
  return { first, second, clock, observer, deps, once: () => publishHeadsOnce(deps, memory) };
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

  test('where a witness has told enough already, in whatever generation it is numbered', async () => {
    const { once, first } = world([credit(GENERATION + 4n)]);
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

test('one head is published once, over the first witness, as long as it is under way', async () => {
  const { once, clock } = world([credit(3n), credit(4n)]);
  expect(await once()).toEqual(['layerzero']);
  expect(await once()).toEqual([]);
  await clock.advance(999);
  expect(await once()).toEqual([]);
});

test('one that does not arrive in time is joined by the next witness, and then tried again', async () => {
  const { once, clock } = world([credit(4n)]);
  expect(await once()).toEqual(['layerzero']);
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

test('what is parked while a head is under way goes with the next one, over the same witness', async () => {
  const parked = [credit(4n)];
  const { once, first } = world(parked);
  expect(await once()).toEqual(['layerzero']);
  parked.push(credit(9n));
  expect(await once()).toEqual([]);
  first.record = { ...first.record, recorded: 4n };
  expect(await once()).toEqual(['layerzero']);
  expect(first.published).toBe(2);
});

test('a count that no journal has, left there by a lie, keeps nobody from publishing for longer than one publication takes', async () => {
  const { once, first, clock } = world([credit(4n)]);
  first.record = { ...first.record, recorded: 2n ** 64n - 1n };
  expect(await once()).toEqual([]);
  await clock.advance(1000);
  expect(await once()).toEqual(['layerzero']);
  expect(await once()).toEqual([]);
  await clock.advance(1000);
  expect(await once()).toEqual(['wormhole']);
});

test('while records come and none is confirmed, each is waited for twice as long', async () => {
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

test('a witness that cannot be read, or whose transport fails, holds up no other, and is told of', async () => {
  for (const broken of ['readRecord', 'readFeeWei', 'publish'] as const) {
    const { once, first, second } = world([credit(4n)]);
    first[broken] = async () => {
      throw new AppError({ code: 'WITNESS_UNREADABLE', message: 'no code there', retryable: true });
    };
    await expect(once()).rejects.toMatchObject({ code: 'WITNESS_UNREADABLE' });
    expect(second.published).toBe(1);
  }
});

test('a publication that was reverted cost gas: it is tried again as late as one that did not arrive', async () => {
  const { once, first, clock } = world([credit(4n)]);
  first.outcome = {
    kind: 'reverted',
    name: 'FeeTooLow',
    detail: '',
    txHash: `0x${'22'.repeat(32)}`,
  } as unknown as LandOutcome;
  expect(await once()).toEqual(['wormhole']);
  expect(await once()).toEqual([]);
  await clock.advance(999);
  expect(await once()).toEqual([]);
  expect(first.published).toBe(1);
});

test('a large credit behind pages of others that wait for something else is found, and those of a closed edge are not', async () => {
  const older = Array.from({ length: 600 }, (_, at) => credit(BigInt(at + 1), 'CAP'));
  const listed = [...older, credit(700n)];
  const paged = {
    readParked: async (_: number, after: bigint) => listed.filter(({ index }) => index > after).slice(0, 256),
  };
  expect(await waitingCredits([paged], 1).readWaiting()).toBe(700n);
  listed.push(credit(GENERATION + 3n));
  expect(await waitingCredits([paged], 1).readWaiting()).toBe(3n);
});

test('a publication that the chain refuses is not under way', async () => {
  const { once, first, observer } = world([credit(4n)]);
  first.outcome = { kind: 'refused', name: 'FeeMismatch', detail: '' };
  expect(await once()).toEqual(['wormhole']);
  expect(observer.events[0]).toMatchObject({
    name: 'publish-refused',
    fields: { witness: 'layerzero', outcome: 'refused' },
  });
});

test('the loop tells of a failure once, goes on, and ends for another chain', async () => {
  const { deps, observer, clock } = world([]);
  let asked = 0;
  const waiting = {
    readWaiting: async () => {
      asked++;
      const code = asked < 3 ? 'RPC_UNAVAILABLE' : 'CHAIN_MISMATCH';
      throw new AppError({ code, message: code, retryable: asked < 3 });
    },
  };
  const running = publishHeads({ ...deps, waiting }, new AbortController().signal);
  const ended = running.catch((error: unknown) => error);
  await clock.advance(60_000);
  expect(await ended).toMatchObject({ code: 'CHAIN_MISMATCH' });
  expect(observer.events.map(({ level }) => level)).toEqual(['warn', 'debug']);
});
