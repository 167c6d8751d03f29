import { AppError, type Bytes32, ENTRY_BYTES, bytes32 } from '@surety/domain';
import { expect, test } from 'vitest';
import type { LandOutcome } from '../ports/transactions.js';
import type { HeadConfirmer, WitnessRecord } from '../ports/witness.js';
import { FailingLoops } from '../running/failing-loops.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type ConfirmHeadsDeps, confirmHeads, confirmHeadsOnce } from './confirm-heads.js';

const EDGE: Bytes32 = bytes32(`0x${'ee'.repeat(32)}`);
const HEAD: Bytes32 = bytes32(`0x${'11'.repeat(32)}`);
const LANDED = { kind: 'landed', txHash: `0x${'22'.repeat(32)}`, gasUsed: 1n, feeWei: 1n } as unknown as LandOutcome;
const REFUSED: LandOutcome = { kind: 'refused', name: 'MarkMissing', detail: '' };

interface FakeConfirmer extends HeadConfirmer {
  record: WitnessRecord;
  delivery: (() => LandOutcome | undefined) | undefined;
  stored: Bytes32 | undefined;
  /** Heads recorded at earlier counts. */
  readonly told: Map<bigint, Bytes32>;
  marking: LandOutcome;
  confirming: LandOutcome;
  /** True if the ledger finds a conflict when it compares. */
  lies: boolean;
  readonly marked: { count: bigint; entries: number }[];
}

function confirmer(name: string, recorded: bigint): FakeConfirmer {
  const own: FakeConfirmer = {
    name,
    record: { recorded, head: HEAD, confirmed: 0n, conflicted: false },
    delivery: undefined,
    stored: undefined,
    told: new Map(),
    readMark: async () => own.stored,
    readHead: async (count) => own.told.get(count),
    marking: LANDED,
    confirming: LANDED,
    lies: false,
    marked: [],
    readRecord: async () => own.record,
    deliver: async () => own.delivery?.(),
    confirm: async (count) => {
      if (own.confirming.kind === 'landed')
        own.record = own.lies ? { ...own.record, conflicted: true } : { ...own.record, confirmed: count };
      return own.confirming;
    },
    mark: async ({ count, packed }) => {
      own.marked.push({ count, entries: packed.length / ENTRY_BYTES });
      return own.marking;
    },
  };
  return own;
}

function world(count: bigint, ...confirmers: FakeConfirmer[]) {
  const observer = new RecordingObserver();
  const clock = new FakeClock();
  const distrusted: number[] = [];
  const deps = {
    source: 1,
    direction: 'to-ledger',
    edge: EDGE,
    confirmers,
    replica: { read: async () => ({ count }) as never, distrustProvider: () => void distrusted.push(1) },
    entries: [{ readEntries: async (_edge, from, to) => new Uint8Array(Number(to - from) * ENTRY_BYTES) }],
    clock,
    observer,
    policy: { pollIntervalMs: 100 },
  } satisfies ConfirmHeadsDeps;
  return { deps, observer, clock, distrusted, names: () => observer.events.map(({ name }) => name) };
}

test('a record at the replica’s own count is confirmed, once', async () => {
  const one = confirmer('layerzero', 5n);
  const { deps, names } = world(5n, one);
  expect(await confirmHeadsOnce(deps, 0)).toEqual(['layerzero']);
  expect(await confirmHeadsOnce(deps, 1)).toEqual([]);
  expect(names()).toEqual(['head-confirmed']);
});

test('an older record is marked first, by the entries from there to the replica', async () => {
  const one = confirmer('layerzero', 5n);
  const { deps } = world(8n, one);
  expect(await confirmHeadsOnce(deps, 0)).toEqual(['layerzero']);
  expect(one.marked).toEqual([{ count: 5n, entries: 3 }]);
});

test('a count that was marked when it was applied needs no mark', async () => {
  const one = confirmer('layerzero', 5n);
  one.stored = bytes32(`0x${'22'.repeat(32)}`);
  one.lies = true;
  const { deps, names } = world(8n, one);
  expect(await confirmHeadsOnce(deps, 0)).toEqual(['layerzero']);
  expect(one.marked).toEqual([]);
  expect(names()).toEqual(['witness-conflicts']);
});

test('a record ahead of the replica waits for it', async () => {
  const { deps, names } = world(4n, confirmer('layerzero', 5n));
  expect(await confirmHeadsOnce(deps, 0)).toEqual([]);
  expect(names()).toEqual([]);
});

test('behind a count that no journal has, published heads are still confirmed', async () => {
  const one = confirmer('layerzero', 2n ** 64n - 1n);
  one.told.set(4n, HEAD);
  const { deps, observer } = world(5n, one);
  expect(await confirmHeadsOnce(deps, 0)).toEqual([]);
  expect(await confirmHeadsOnce({ ...deps, published: () => [3n, 4n, 9n, 4n] }, 0)).toEqual(['layerzero']);
  expect(observer.events).toMatchObject([{ name: 'head-confirmed', fields: { count: 4n } }]);
});

test('a head that does not lead to the replica is reported and not confirmed', async () => {
  const one = confirmer('layerzero', 5n);
  one.marking = REFUSED;
  const { deps, observer } = world(8n, one);
  expect(await confirmHeadsOnce(deps, 0)).toEqual([]);
  expect(observer.events).toMatchObject([{ name: 'mark-refused', level: 'warn', fields: { count: 5n } }]);
});

test('one too far back for a mark is left to the next publication', async () => {
  const one = confirmer('layerzero', 5n);
  const { deps, names } = world(5n + 513n, one);
  expect(await confirmHeadsOnce(deps, 0)).toEqual([]);
  expect(one.marked).toEqual([]);
  expect(names()).toEqual(['head-too-old']);
});

test('a witness that shows another head is recorded as a conflict, with an alarm, and no longer used', async () => {
  const one = confirmer('layerzero', 5n);
  one.lies = true;
  const { deps, observer } = world(5n, one);
  expect(await confirmHeadsOnce(deps, 0)).toEqual(['layerzero']);
  expect(observer.events).toMatchObject([{ name: 'witness-conflicts', level: 'error' }]);
  expect(await confirmHeadsOnce(deps, 1)).toEqual([]);
});

test('ready messages are delivered before records are read', async () => {
  const one = confirmer('wormhole', 0n);
  one.delivery = () => {
    one.record = { ...one.record, recorded: 5n };
    return LANDED;
  };
  const { deps, names } = world(5n, one);
  expect(await confirmHeadsOnce(deps, 0)).toEqual(['wormhole']);
  expect(names()).toEqual(['head-delivered', 'head-confirmed']);
});

test('a refused delivery is reported, and arrived records are still confirmed', async () => {
  const one = confirmer('layerzero', 5n);
  one.delivery = () => ({ kind: 'refused', name: 'NotPeer', detail: '' });
  const { deps, observer } = world(5n, one);
  expect(await confirmHeadsOnce(deps, 0)).toEqual(['layerzero']);
  expect(observer.events).toMatchObject([
    { name: 'delivery-refused', level: 'warn', fields: { direction: 'to-ledger', code: 'NotPeer' } },
    { name: 'head-confirmed' },
  ]);
});

test('a confirmation that the ledger refuses is reported at a low level', async () => {
  const one = confirmer('layerzero', 5n);
  one.confirming = REFUSED;
  const { deps, observer } = world(5n, one);
  expect(await confirmHeadsOnce(deps, 0)).toEqual([]);
  expect(observer.events).toMatchObject([{ name: 'confirm-refused', level: 'debug' }]);
});

test('a failing transport delays neither its own witness nor another, and the loop continues until the chain differs', async () => {
  const [broken, fine] = [confirmer('wormhole', 5n), confirmer('layerzero', 5n)];
  let asked = 0;
  broken.delivery = () => {
    const code = ++asked < 3 ? 'VAA_UNAVAILABLE' : 'CHAIN_MISMATCH';
    throw new AppError({ code, message: code, retryable: true });
  };
  const { deps, names, clock, distrusted } = world(5n, broken, fine);
  const failingLoops = new FailingLoops(clock);
  const ended = confirmHeads({ ...deps, failingLoops }, new AbortController().signal).catch((error: unknown) => error);
  await clock.advance(60_000);
  expect(await ended).toMatchObject({ code: 'CHAIN_MISMATCH' });
  expect(names()).toEqual(['head-confirmed', 'head-confirmed', 'confirm-failed', 'confirm-failed']);
  expect(distrusted).toEqual([1, 1]);
});
