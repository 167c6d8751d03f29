import { AppError, type Bytes32, WAD, address, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountHints } from '../ports/auctions.js';
import { FakeAuctions } from '../testing/fake-auctions.js';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import {
  type KeepAuctionsDeps,
  type KeeperMemory,
  type KeeperStatus,
  freshKeeperMemory,
  keepAuctions,
  keepAuctionsOnce,
} from './keep-auctions.js';
import { ACCOUNTS_AT_ONCE, ACCOUNTS_PER_PASS_MAX, ACCOUNT_ERRORS_MAX } from './limits.js';

const protocol = address(`0x${'c1'.repeat(20)}`);
const to = bytes32(`0x${'70'.repeat(32)}`);
const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const ANN = some(0xaa);

const BIDS = {
  to,
  protocols: [protocol],
  burdenMaxWad: 2_000n * WAD,
  totalMaxWad: 10_000n * WAD,
  leastPpm: 10_000n,
  shareMinWad: 0n,
  takesFrozen: false,
  pays: false,
};
const POLICY = {
  isStarter: true,
  burdenMinWad: 0n,
  bids: BIDS,
  below: '1.05',
  pollIntervalMs: 1_000,
  isDryRun: false,
} as const;

let desk: FakeAuctions;
let observer: RecordingObserver;
let listed: Bytes32[];
let asked: { after: Bytes32 | undefined; limit: number | undefined; below: string }[];
let memory: KeeperMemory;

beforeEach(() => {
  desk = new FakeAuctions(protocol);
  observer = new RecordingObserver();
  [listed, asked, memory] = [[ANN], [], freshKeeperMemory()];
});

const hints: AccountHints = {
  readAccountsBelow: async ({ below, after, limit }) => {
    asked.push({ below, after, limit });
    const rest = listed.filter((account) => after === undefined || account > after);
    return rest.slice(0, limit).map((account) => ({ account }));
  },
};

function deps(policy: Partial<KeepAuctionsDeps['policy']> = {}, more: Partial<KeepAuctionsDeps> = {}) {
  return { hints: [hints], desk, clock: new FakeClock(), observer, policy: { ...POLICY, ...policy }, ...more };
}

const pass = (policy: Partial<KeepAuctionsDeps['policy']> = {}, more: Partial<KeepAuctionsDeps> = {}) =>
  keepAuctionsOnce(deps(policy, more), memory);

describe('a pass', () => {
  it('makes one act for an account, and goes on from what the chain says', async () => {
    expect(await pass()).toEqual({ accounts: 1, auctions: 0 });
    expect(desk.acts).toEqual(['start aa']);
    memory = freshKeeperMemory();
    expect(await pass()).toEqual({ accounts: 1, auctions: 1 });
    expect(await pass()).toEqual({ accounts: 1, auctions: 0 });
    expect(desk.acts).toEqual(['start aa', 'bid aa']);
    expect(observer.named('auction-bid')).toMatchObject([
      { level: 'info', fields: { protocol, to, ppm: 20_000n, assumed: 1_000n * WAD, tx_hash: expect.any(String) } },
    ]);
  });

  it('closes and touches what is to be closed and touched', async () => {
    desk.startByRival(ANN);
    desk.timeS += 600n;
    await pass({ bids: null });
    desk.put(ANN, { isHealthy: true });
    await pass({ bids: null });
    expect(desk.acts).toEqual(['touch aa', 'close aa']);
    expect(observer.events.map(({ name }) => name)).toEqual(['auction-touched', 'auction-closed']);
  });

  it('reports a rival’s act as overtaken, at the cost of nothing', async () => {
    desk.beforeAct = (account) => desk.startByRival(account);
    await pass();
    expect(observer.events).toMatchObject([{ name: 'auction-overtaken', level: 'debug', fields: { act: 'start' } }]);
  });

  it('warns of a refusal once', async () => {
    desk.refusal = 'MarginTooLow';
    for (let times = 0; times < 2; times++) await pass();
    const levels = observer.named('auction-refused').map(({ level, fields }) => [level, fields['code']]);
    expect(levels).toEqual([
      ['warn', 'MarginTooLow'],
      ['debug', 'MarginTooLow'],
    ]);
  });

  it('takes no more in all than it may, however many accounts it serves at once', async () => {
    listed = [1, 2, 3, 4, 5].map(some);
    for (const account of listed) desk.startByRival(account);
    desk.takenWad = 500n * WAD;
    await pass({ bids: { ...BIDS, totalMaxWad: 2_700n * WAD } });
    expect(desk.bids.map(({ terms }) => terms.shareMaxWad)).toEqual([WAD, WAD, WAD / 5n]);
  });

  it('gives back the room of a bid that did not land', async () => {
    listed = Array.from({ length: ACCOUNTS_AT_ONCE + 1 }, (_, n) => some(n + 1));
    for (const account of listed) desk.put(account, { isHealthy: true });
    // The first is served at once, the last after one of the others.
    for (const account of [listed[0], listed.at(-1)] as Bytes32[]) {
      desk.put(account, { isHealthy: false });
      desk.startByRival(account);
    }
    desk.refusal = 'NothingToTake';
    await pass({ bids: { ...BIDS, totalMaxWad: 1_000n * WAD } });
    expect(desk.bids).toHaveLength(2);
  });

  it('reads some accounts at a time, a page at a time, and begins again after the last', async () => {
    listed = Array.from({ length: ACCOUNTS_PER_PASS_MAX + 3 }, (_, n) => some(n + 1));
    for (const account of listed) desk.put(account, { isHealthy: true });
    expect((await pass()).accounts).toBe(ACCOUNTS_PER_PASS_MAX);
    expect((await pass()).accounts).toBe(3);
    expect((await pass()).accounts).toBe(ACCOUNTS_PER_PASS_MAX);
    expect(asked).toEqual(
      [undefined, some(ACCOUNTS_PER_PASS_MAX), undefined].map((after) => {
        return { below: '1.05', after, limit: ACCOUNTS_PER_PASS_MAX };
      }),
    );
    expect(desk.readsAtOnce).toBe(ACCOUNTS_AT_ONCE);
  });

  it('reads no more than a page of a source that lists without end', async () => {
    const flood = { readAccountsBelow: async () => Array.from({ length: 500 }, (_, n) => ({ account: some(n + 1) })) };
    await pass({ bids: null, isStarter: false }, { hints: [flood] });
    expect(desk.reads).toBe(ACCOUNTS_PER_PASS_MAX);
  });

  it('serves the others when one account cannot be read, and says so at the end', async () => {
    listed = [some(1), ANN];
    desk.failing.add(some(1));
    await expect(pass()).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    expect(desk.acts).toEqual(['start aa']);
  });

  it('ends when the chain fails, not after every account', async () => {
    listed = Array.from({ length: ACCOUNTS_PER_PASS_MAX }, (_, n) => some(n + 1));
    for (const account of listed) desk.failing.add(account);
    await expect(pass()).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    expect(desk.reads).toBeLessThanOrEqual(ACCOUNTS_AT_ONCE + ACCOUNT_ERRORS_MAX);
  });

  it('asks the aggregators in turn, and none that is not there', async () => {
    const silent = new AppError({ code: 'AGGREGATOR_UNREACHABLE', message: 'x', retryable: true });
    const broken = { readAccountsBelow: () => Promise.reject(silent) };
    await expect(pass({}, { hints: [broken, hints] })).rejects.toBe(silent);
    await pass({}, { hints: [broken, hints] });
    expect(desk.acts).toEqual(['start aa']);
    await expect(pass({}, { hints: [] })).rejects.toMatchObject({ code: 'NO_SOURCE' });
  });
});

describe('a dry run', () => {
  it('sends nothing, and says once what it would do or waits for', async () => {
    for (let times = 0; times < 2; times++) await pass({ isDryRun: true });
    desk.startByRival(ANN);
    desk.ppm = 0n;
    for (let times = 0; times < 2; times++) await pass({ isDryRun: true });
    desk.ppm = 10_000n;
    await pass({ isDryRun: true });
    expect(desk.acts).toEqual([]);
    const told = observer.events.filter(({ level }) => level === 'info');
    expect(told).toMatchObject([
      { name: 'auction-planned', fields: { act: 'start' } },
      { name: 'auction-waits', fields: { reason: 'discount-too-small', from_s: 1_078n } },
      { name: 'auction-planned', fields: { act: 'bid', ppm: 10_000n } },
    ]);
    expect(observer.events).toHaveLength(5);
  });
});

describe('the loop', () => {
  it('reports each pass and each failure, and goes on', async () => {
    const clock = new FakeClock();
    const statuses: KeeperStatus[] = [];
    const stop = new AbortController();
    desk.failing.add(ANN);
    const done = keepAuctions(deps({}, { clock, report: (status) => statuses.push(status) }), stop.signal);
    await settle();
    desk.failing.clear();
    await clock.advance(5_000);
    stop.abort();
    await done;
    expect(statuses[0]).toMatchObject({ problem: { code: 'RPC_UNAVAILABLE' } });
    expect(statuses.at(-1)).toMatchObject({ accounts: 1, problem: null });
    expect(desk.acts).toEqual(['start aa', 'bid aa']);
    expect([desk.distrusted, observer.named('keeping-auctions-failed').length]).toEqual([1, 1]);
  });

  it('ends at another chain', async () => {
    const elsewhere = new AppError({ code: 'CHAIN_MISMATCH', message: 'chain 8' });
    const hint = { readAccountsBelow: () => Promise.reject(elsewhere) };
    await expect(keepAuctions(deps({}, { hints: [hint] }), new AbortController().signal)).rejects.toBe(elsewhere);
  });
});
