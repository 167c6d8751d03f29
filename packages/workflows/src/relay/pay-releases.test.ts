import {
  AppError,
  type Bytes32,
  type Keccak256,
  ZERO_WORD,
  accountId,
  address,
  packEntry,
  tokenUnits,
} from '@surety/domain';
import fc from 'fast-check';
import { createKeccak } from 'hash-wasm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenPayment } from '../ports/aggregator-api.js';
import type { PaymentHints } from '../ports/vault.js';
import { unreachable } from '../testing/fake-aggregator.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import {
  PAYMENT_LOOK_AGAIN_MS,
  PAYMENT_PAGE,
  PAYMENT_PAGES_MAX,
  PAYMENT_RETRY_MS,
  UNCONFIRMED_RETRY_MS,
} from './limits.js';
import { type PayReleasesDeps, type PayStatus, freshPayMemory, payReleases, payReleasesOnce } from './pay-releases.js';

const EDGE = `0x${'ab'.repeat(32)}` as Bytes32;
const OWNER = address(`0x${'17'.repeat(20)}`);
let keccak256: Keccak256;
let vault: FakeVault;
let clock: FakeClock;
let observer: RecordingObserver;
let reports: PayStatus[];
let listed: OpenPayment[];

beforeAll(async () => {
  const hasher = await createKeccak(256);
  keccak256 = (bytes) => hasher.init().update(bytes).digest('binary');
});

beforeEach(() => {
  vault = new FakeVault({ edge: EDGE, source: 1, keccak256 });
  clock = new FakeClock();
  observer = new RecordingObserver();
  reports = [];
  listed = [];
});

function release(fee = 10n, amount = 1_000n): Uint8Array {
  return packEntry({
    kind: 'RELEASE',
    asset: 1,
    amount: tokenUnits(amount),
    account: accountId({ owner: OWNER, home: 0, sub: 0n }),
    party: ZERO_WORD,
    fee: tokenUnits(fee),
  });
}

/** Records releases at the vault and lists them. */
function record(count: number, fee = 10n): void {
  for (let at = 0; at < count; at++) {
    const seq = BigInt(listed.length + 1);
    const packed = release(fee, 1_000n + seq);
    vault.queue(seq, packed);
    listed.push({ seq, packed, readyAt: vault.replica.timestamp });
  }
}

/** The hints of an aggregator that follows the vault: paid ones are left out. */
const hints: PaymentHints = {
  readPayments: async (_edge, afterSeq) =>
    listed.filter(({ seq }) => seq > afterSeq && vault.payments.get(seq)?.state !== 'PAID').slice(0, PAYMENT_PAGE),
};
/** Hints that always lag: every payment stays open. */
const lagging: PaymentHints = {
  readPayments: async (_edge, afterSeq) => listed.filter(({ seq }) => seq > afterSeq).slice(0, PAYMENT_PAGE),
};

function deps(extra: Partial<PayReleasesDeps> = {}): PayReleasesDeps {
  return {
    source: 1,
    edge: EDGE,
    hints: [hints],
    vault,
    clock,
    observer,
    policy: { pollIntervalMs: 1_000, mode: 'all', subsidyWei: 0n, parallel: 4 },
    readWorthWei: async ({ fee }) => 10_000n * fee,
    report: (status) => reports.push(status),
    ...extra,
  };
}

const covered = { pollIntervalMs: 1_000, mode: 'covered', subsidyWei: 0n, parallel: 1 } as const;
const pass = (options = deps(), memory = freshPayMemory()) => payReleasesOnce(options, memory);

describe('a pay pass refuses', () => {
  it('to work without hints', async () => {
    await expect(pass(deps({ hints: [] }))).rejects.toMatchObject({ code: 'NO_SOURCE' });
  });

  it('releases that the vault has not recorded, whatever a hint claims', async () => {
    listed = [{ seq: 9n, packed: release(), readyAt: 0n }];
    expect((await pass()).get('waiting')).toBe(1);
    expect(vault.paid).toEqual([]);
  });

  it('a payment that is not ready at the vault, and pays it once it is', async () => {
    vault.delayS = 60n;
    record(1);
    const memory = freshPayMemory();
    expect((await pass(deps(), memory)).get('waiting')).toBe(1);
    vault.replica.timestamp += 59n;
    await clock.advance(59_000);
    await pass(deps(), memory);
    expect(vault.paid).toEqual([]);
    vault.replica.timestamp += 1n;
    await clock.advance(1_000);
    await pass(deps(), memory);
    expect(vault.paid).toEqual([1n]);
  });

  it('forged bytes and other kinds of entries, and pays those beside them', async () => {
    record(4);
    const forge = (at: number, packed: Uint8Array): unknown =>
      (listed[at] = { seq: BigInt(at + 1), readyAt: 0n, packed });
    forge(0, release(999_999n));
    forge(1, new Uint8Array(94));
    forge(
      2,
      Uint8Array.from(release(), (byte, at) => (at === 0 ? 1 : byte)),
    );
    expect((await pass()).get('failing')).toBe(3);
    expect(vault.paid).toEqual([4n]);
    expect(observer.named('pay-refused')).toHaveLength(1);
  });

  it('a payment whose fee does not cover its gas, one wei short but not at the limit', async () => {
    record(1, 9n);
    vault.payCostWei = 90_001n;
    expect((await pass(deps({ policy: covered }))).get('uncovered')).toBe(1);
    expect(vault.reads).toBe(0);
    expect((await pass(deps({ policy: { ...covered, subsidyWei: 1n } }))).get('paid')).toBe(1);
    record(1, 9n);
    vault.payCostWei = 90_000n;
    expect((await pass(deps({ policy: covered }))).get('paid')).toBe(1);
  });

  it('a fee of unknown worth, unless the subsidy covers everything', async () => {
    record(1);
    const unknown = { readWorthWei: async (): Promise<null> => null, policy: covered };
    expect((await pass(deps(unknown))).get('uncovered')).toBe(1);
    expect((await pass(deps({ ...unknown, policy: { ...covered, subsidyWei: 90_000n } }))).get('paid')).toBe(1);
  });
});

it('a payment that waits for a witness is retried soon, without a report, and paid once it is confirmed', async () => {
  vault.waits = true;
  record(1);
  const memory = freshPayMemory();
  expect((await pass(deps(), memory)).get('unconfirmed')).toBe(1);
  vault.confirmed = 1n;
  await clock.advance(UNCONFIRMED_RETRY_MS.firstMs - 1);
  await pass(deps(), memory);
  expect(vault.paid).toEqual([]);
  await clock.advance(1);
  await pass(deps(), memory);
  expect(vault.paid).toEqual([1n]);
  expect(observer.named('pay-refused')).toEqual([]);
});

describe('a pay pass', () => {
  it('pays all that is ready, each once, even if the hint keeps listing them', async () => {
    record(40);
    const memory = freshPayMemory();
    expect((await pass(deps({ hints: [lagging] }), memory)).get('paid')).toBe(40);
    await clock.advance(PAYMENT_LOOK_AGAIN_MS);
    expect((await pass(deps({ hints: [lagging] }), memory)).get('done')).toBe(40);
    expect(vault.paid.toSorted((left, right) => (left < right ? -1 : 1))).toEqual(listed.map(({ seq }) => seq));
  });

  it('records a claimable payment once and pays the others', async () => {
    record(3);
    vault.blocked.add(2n);
    const memory = freshPayMemory();
    expect(Object.fromEntries(await pass(deps(), memory))).toEqual({ open: 3, paid: 2, claimable: 1 });
    for (let later = 0; later < 3; later++) {
      await clock.advance(PAYMENT_LOOK_AGAIN_MS);
      expect((await pass(deps(), memory)).get('claimable')).toBe(1);
    }
    expect([vault.paid, observer.named('release-paid').length]).toEqual([[1n, 3n], 2]);
    expect(observer.named('payment-claimable')).toMatchObject([{ fields: { seq: 2n, gas_used: 90_000n } }]);
  });

  it('makes a failing payment wait longer each time, but never the others', async () => {
    record(3);
    vault.refusing.set(1n, 'PaymentPaused');
    const memory = freshPayMemory();
    await pass(deps({ policy: { ...deps().policy, parallel: 1 } }), memory);
    expect(vault.paid).toEqual([2n, 3n]);
    const readsAfterFirst = vault.reads;
    await clock.advance(PAYMENT_RETRY_MS.firstMs - 1);
    expect((await pass(deps(), memory)).get('failing')).toBe(1);
    expect(vault.reads).toBe(readsAfterFirst);
    await clock.advance(1);
    await pass(deps(), memory);
    expect(vault.reads).toBeGreaterThan(readsAfterFirst);
    await clock.advance(PAYMENT_RETRY_MS.firstMs);
    const readsAfterSecond = vault.reads;
    await pass(deps(), memory);
    expect(vault.reads).toBe(readsAfterSecond);
    expect(observer.named('pay-refused').map(({ level }) => level)).toEqual(['warn', 'debug']);
    vault.refusing.clear();
    await clock.advance(PAYMENT_RETRY_MS.firstMs);
    await pass(deps(), memory);
    expect(vault.paid).toEqual([2n, 3n, 1n]);
  });

  it('retries a failing payment in time even if the time of day was set back', async () => {
    record(1);
    vault.refusing.set(1n, 'PaymentPaused');
    const memory = freshPayMemory();
    await pass(deps(), memory);
    vault.refusing.clear();
    clock.setBack(24 * 3_600_000);
    await clock.advance(PAYMENT_RETRY_MS.firstMs);
    await pass(deps(), memory);
    expect(vault.paid).toEqual([1n]);
  });

  it('gives the others their turn when one repeatedly makes the sender fail', async () => {
    record(10);
    const broken = new AppError({ code: 'RPC_REFUSED', message: 'x', retryable: false });
    for (const seq of [1n, 2n, 3n, 4n]) vault.throwing.set(seq, broken);
    const options = deps({ policy: { ...deps().policy, parallel: 1 } });
    const memory = freshPayMemory();
    await expect(pass(options, memory)).rejects.toBe(broken);
    expect(vault.paid).toEqual([]);
    await expect(pass(options, memory)).rejects.toBe(broken);
    expect(vault.paid).toHaveLength(6);
  });

  it('gets past any number of payments that cannot be paid', async () => {
    record(PAYMENT_PAGE * PAYMENT_PAGES_MAX + 1, 0n);
    record(1, 100n);
    const memory = freshPayMemory();
    const options = deps({ policy: covered });
    await pass(options, memory);
    expect(vault.paid).toEqual([]);
    await pass(options, memory);
    expect(vault.paid).toEqual([BigInt(listed.length)]);
    expect(memory.hints[0]?.cursor).toBe(0n);
  });

  it('gets past any number of payments that wait for their recipients', async () => {
    record(PAYMENT_PAGE + 1);
    const telling: PaymentHints = {
      readPayments: async (_edge, after) => {
        const page = listed.filter(({ seq }) => seq > after).slice(0, PAYMENT_PAGE);
        return page.map((one) => ({ ...one, state: one.seq <= PAYMENT_PAGE ? 'claimable' : 'payable' }));
      },
    };
    const counts = await pass(deps({ hints: [telling] }));
    expect(vault.paid).toEqual([BigInt(PAYMENT_PAGE + 1)]);
    expect(counts.get('open')).toBe(1);
  });

  it('reads each hint from its own position, wherever another one leads', async () => {
    record(2);
    const astray: PaymentHints = {
      readPayments: async (_edge, after) =>
        Array.from({ length: PAYMENT_PAGE }, (_, at) => ({
          seq: after + 10n ** 20n + BigInt(at),
          readyAt: 0n,
          packed: release(),
        })),
    };
    const memory = freshPayMemory();
    for (let turn = 0; turn < 4; turn++) await pass(deps({ hints: [astray, hints] }), memory);
    expect(vault.paid).toEqual([1n, 2n]);
  });

  it('does not postpone one hint’s payment because of another hint’s lie about it', async () => {
    record(3);
    const lying: PaymentHints = {
      readPayments: async () => [
        { seq: 1n, readyAt: 0n, packed: release(999_999n) },
        { seq: 2n, readyAt: 0n, packed: new Uint8Array(94) },
        { seq: 3n, readyAt: 0n, packed: release(0n) },
      ],
    };
    const memory = freshPayMemory();
    const options = deps({ hints: [lying, hints], policy: covered });
    await pass(options, memory);
    expect(vault.paid).toEqual([]);
    await pass(options, memory);
    expect(vault.paid).toEqual([1n, 2n, 3n]);
  });

  it.each([
    ['is paid', { state: 'PAID' }],
    ['was never recorded', { state: 'NONE' }],
    ['has a far date', { readyAt: 2n ** 39n }],
  ] as const)('pays what one provider says %s, once another one is asked', async (_, lie) => {
    record(1);
    const readHonestly = vault.readPayment.bind(vault);
    vault.readPayment = async (seq) => ({ ...(await readHonestly(seq)), ...lie });
    vault.distrustProvider = () => (vault.readPayment = readHonestly);
    const memory = freshPayMemory();
    await pass(deps(), memory);
    expect(vault.paid).toEqual([]);
    // The date is plausible, so no provider is blamed for it; but other loops rotate the provider.
    if ('readyAt' in lie) vault.distrustProvider();
    await clock.advance(PAYMENT_RETRY_MS.maxMs);
    await pass(deps(), memory);
    expect(vault.paid).toEqual([1n]);
  });

  it('is not led by a second hint and a provider that lags to send again what it has just sent', async () => {
    record(1);
    const [memory, options] = [freshPayMemory(), deps({ hints: [lagging, lagging] })];
    await pass(options, memory);
    const reads = vault.reads;
    await pass(options, memory);
    expect([vault.paid, vault.reads]).toEqual([[1n], reads]);
  });

  it('asks another provider after one that refuses a ready payment', async () => {
    record(1);
    vault.refusing.set(1n, 'PaymentNotReady');
    vault.distrustProvider = () => vault.refusing.clear();
    const memory = freshPayMemory();
    await pass(deps(), memory);
    await clock.advance(PAYMENT_RETRY_MS.firstMs);
    await pass(deps(), memory);
    expect(vault.paid).toEqual([1n]);
  });

  it('treats a lost race as an expected outcome', async () => {
    record(1);
    vault.beforePay = (seq) => {
      const payment = vault.payments.get(seq);
      if (payment !== undefined) payment.state = 'PAID';
    };
    expect((await pass()).get('done')).toBe(1);
    expect(observer.events.every(({ level }) => level === 'debug')).toBe(true);
  });

  it('pays each release once, however two relayers interleave and restart', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.record({ restart: fc.boolean(), together: fc.boolean() }), { minLength: 1, maxLength: 8 }),
        async (count, schedule) => {
          vault = new FakeVault({ edge: EDGE, source: 1, keccak256 });
          listed = [];
          record(count);
          let [one, other] = [freshPayMemory(), freshPayMemory()];
          for (const { restart, together } of schedule) {
            if (restart) one = freshPayMemory();
            const rival = together ? pass(deps({ hints: [lagging] }), other) : undefined;
            await Promise.all([pass(deps({ hints: [lagging] }), one), rival]);
            other = freshPayMemory();
          }
          expect(vault.paid.toSorted((left, right) => (left < right ? -1 : 1))).toEqual(listed.map(({ seq }) => seq));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a pay loop', () => {
  it('continues with the next hint when one is silent, reports that once, and reports its state', async () => {
    record(2);
    vault.blocked.add(2n);
    const silent = { readPayments: () => Promise.reject(unreachable()) };
    const stop = new AbortController();
    clock.setBack(86_400_000);
    const loop = payReleases(deps({ hints: [silent, hints] }), stop.signal);
    await clock.advance(0);
    expect(reports).toMatchObject([{ problem: { code: unreachable().code }, passedAtMs: clock.elapsedMs() }]);
    await clock.advance(2_000);
    expect(vault.paid).toEqual([1n]);
    await clock.advance(PAYMENT_LOOK_AGAIN_MS + 8_000);
    await (stop.abort(), loop);
    const last = reports.filter(({ problem }) => problem === null).at(-1);
    expect(last).toMatchObject({ source: 1, open: 1, claimable: 1, failing: 0, uncovered: 0 });
    expect(observer.named('pay-failed')[0]?.level).toBe('warn');
  });

  it('ends when it is configured for another chain', async () => {
    const elsewhere = new AppError({ code: 'CHAIN_MISMATCH', message: 'x' });
    const options = deps({ hints: [{ readPayments: () => Promise.reject(elsewhere) }] });
    await expect(payReleases(options, new AbortController().signal)).rejects.toBe(elsewhere);
  });
});
