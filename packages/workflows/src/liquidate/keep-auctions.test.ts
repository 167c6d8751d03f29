import { type Bytes32, WAD, address, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountHints } from '../ports/auctions.js';
import { FakeAuctions, STARTER_POLICY, bidsAt } from '../testing/fake-auctions.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { inOwnOrder } from './choose-served.js';
import { type KeepAuctionsDeps, type KeeperMemory, freshKeeperMemory, keepAuctionsOnce } from './keep-auctions.js';
import {
  SERVERS_MAX,
  ACCOUNTS_PER_PAGE,
  ACCOUNTS_SERVED_MAX,
  ACCOUNTS_TRIED_AT_ONCE,
  ACCOUNTS_TRIED_IN_TURN,
  IDLE_PARTS_MAX,
  REFUSED_AGAIN_S,
  START_TRANSACTIONS_MAX,
  STARTS_UNDER_WAY_MAX,
} from './limits.js';

const protocol = address(`0x${'c1'.repeat(20)}`);
const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const many = (count: number): Bytes32[] => Array.from({ length: count }, (_, n) => some(n + 1));
const ANN = some(0xaa);

const BIDS = bidsAt(protocol);
const POLICY = { ...STARTER_POLICY, bids: BIDS };

let desk: FakeAuctions;
let observer: RecordingObserver;
let listed: Bytes32[];
let asked: { after: Bytes32 | undefined; limit: number | undefined; below: string }[];
let memory: KeeperMemory;
let healths: Map<Bytes32, bigint>;
/** The block up to which the source has followed the chain. */
let sourceAt: bigint;

beforeEach(() => {
  [desk, observer, memory] = [new FakeAuctions(protocol), new RecordingObserver(), freshKeeperMemory()];
  [listed, asked, healths, sourceAt] = [[ANN], [], new Map(), 1n];
});

/** Says of each account that it just meets its requirement, unless another health is named. */
const hintOf = (account: Bytes32) => ({
  account,
  aM: healths.get(account) ?? 100n,
  qM: 100n,
  block: { height: sourceAt },
});

const byHealth = () => listed.map(hintOf).toSorted((left, right) => (left.aM < right.aM ? -1 : 1));

const hints: AccountHints = {
  readAccountsBelow: async ({ below, after, limit }) => {
    asked.push({ below, after, limit });
    const rest = listed.filter((account) => after === undefined || account > after);
    return rest.slice(0, limit).map(hintOf);
  },
  readLeastHealthy: async ({ skip, limit }) => byHealth().slice(skip, skip + limit),
};

function deps(policy: Partial<KeepAuctionsDeps['policy']> = {}, more: Partial<KeepAuctionsDeps> = {}) {
  return { hints: [hints], desk, clock: new FakeClock(), observer, policy: { ...POLICY, ...policy }, ...more };
}

/** One pass at a new block, and what it lets run on. */
async function pass(policy: Partial<KeepAuctionsDeps['policy']> = {}, more: Partial<KeepAuctionsDeps> = {}) {
  desk.height += 1n;
  desk.timeS += 1n;
  const found = await keepAuctionsOnce(deps(policy, more), memory);
  await Promise.all(memory.runningOn);
  if (memory.failure !== null) throw memory.failure.error;
  return found;
}

describe('a pass', () => {
  it('starts, and goes on from what the chain says', async () => {
    desk.ppm = 0n;
    expect(await pass()).toEqual({ accounts: 1, auctions: 0 });
    expect(desk.acts).toEqual(['start aa']);
    memory = freshKeeperMemory();
    desk.ppm = 20_000n;
    expect(await pass()).toEqual({ accounts: 1, auctions: 1 });
    expect(await pass()).toEqual({ accounts: 1, auctions: 0 });
    expect(desk.acts).toEqual(['start aa', 'bid aa']);
    expect(observer.named('auction-bid')).toMatchObject([
      {
        level: 'info',
        fields: { protocol, to: BIDS.to, ppm: 20_000n, assumed: 1_000n * WAD, tx_hash: expect.any(String) },
      },
    ]);
  });

  it('starts all that are listed, many in a transaction, and nothing that is not worth its gas', async () => {
    listed = many(3 * ACCOUNTS_PER_PAGE + 3);
    const small = listed.slice(0, 5);
    for (const account of small) desk.put(account, { burdenWad: 9n * WAD });
    desk.startByRival(some(8));
    const policy = { bids: null, burdenMinWad: 10n * WAD };
    expect(await pass(policy)).toEqual({ accounts: listed.length, auctions: 1 });
    // No more than a node keeps for one sender.
    expect((await desk.readRunning(listed)).size).toBe(STARTS_UNDER_WAY_MAX + 1);
    for (let more = 0; more < 3; more++) await pass(policy);
    expect(asked.slice(0, 3).map(({ after, limit }) => [after, limit])).toEqual([
      [undefined, ACCOUNTS_PER_PAGE],
      [some(ACCOUNTS_PER_PAGE), ACCOUNTS_PER_PAGE],
      [some(2 * ACCOUNTS_PER_PAGE), ACCOUNTS_PER_PAGE],
    ]);
    const wanted = listed.length - 6;
    // As many as can be of the first, and the rest in transactions for which a block soon has room.
    const [most, rest] = [desk.batches.slice(0, START_TRANSACTIONS_MAX), desk.batches.slice(START_TRANSACTIONS_MAX)];
    expect([new Set(most), rest[0]]).toEqual([new Set([32]), 16]);
    expect(desk.batches.reduce((sum, count) => sum + count, 0)).toBe(wanted);
    expect(observer.named('auction-started')).toHaveLength(wanted);
    for (const account of small) expect((await desk.readAccount(account)).record).toBeNull();
  });

  it('closes the auction of an account that recovered and left the lists', async () => {
    desk.startByRival(ANN);
    desk.ppm = 0n;
    await pass();
    listed = [];
    await pass();
    desk.put(ANN, { isHealthy: true });
    desk.timeS += 60n;
    expect(await pass()).toEqual({ accounts: 0, auctions: 1 });
    expect(desk.acts).toEqual(['close aa']);
    // Nothing of it is left to look at.
    await pass();
    expect([await pass(), memory.running.running.size]).toEqual([{ accounts: 0, auctions: 0 }, 0]);
  });

  it('divides the cost of a transaction among those that it started', async () => {
    listed = [1, 2, 3].map(some);
    await pass({ bids: null });
    expect(observer.named('auction-started').map(({ fields }) => [fields['gas_used'], fields['fee_wei']])).toEqual([
      [34n, 334n],
      [33n, 333n],
      [33n, 333n],
    ]);
  });

  it('starts the others where one account lets no transaction pass, and warns of that one once', async () => {
    listed = many(9);
    desk.burning.add(some(4));
    for (let times = 0; times < 2; times++, desk.timeS += REFUSED_AGAIN_S) await pass({ bids: null });
    expect((await desk.readRunning(listed)).size).toBe(8);
    const refused = observer.named('auction-refused');
    expect(refused.map(({ level, fields }) => [level, fields['account'], fields['code']])).toEqual([
      ['warn', some(4), 'GasTooLow'],
      ['debug', some(4), 'GasTooLow'],
    ]);
  });

  it('closes and touches what is to be closed and touched', async () => {
    listed = [ANN, some(0xbb)];
    for (const account of listed) desk.startByRival(account);
    desk.timeS += 600n;
    await pass({ bids: null });
    desk.put(ANN, { isHealthy: true });
    await pass({ bids: null });
    expect(desk.acts).toEqual(['touch aa bb', 'close aa']);
    expect(observer.named('auction-touched').map(({ fields }) => fields['account'])).toEqual(listed);
    expect(observer.named('auction-closed')).toHaveLength(1);
  });

  it('reports a rival’s act as overtaken, at the cost of nothing', async () => {
    desk.beforeAct = (account) => desk.startByRival(account);
    await pass({ bids: null });
    const [first] = observer.events;
    expect(first).toMatchObject({ name: 'auction-overtaken', level: 'debug', fields: { act: 'start' } });
    expect(observer.named('auction-started')).toEqual([]);
  });

  it('warns of a refusal once', async () => {
    desk.startByRival(ANN);
    desk.refusal = 'MarginTooLow';
    for (const waitS of [0n, REFUSED_AGAIN_S - 2n, 1n]) {
      desk.timeS += waitS;
      await pass();
    }
    expect(desk.bids).toHaveLength(2);
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

  it('takes without free margin only what it pays at once', async () => {
    desk.startByRival(ANN);
    desk.takerAssetsWad = 0n;
    for (const pays of [false, true]) {
      memory = freshKeeperMemory();
      await pass({ bids: { ...BIDS, pays } });
    }
    expect(desk.bids.map(({ terms }) => terms.pays)).toEqual([true]);
  });

  it('gives back the room of a bid that did not land', async () => {
    listed = many(3 * SERVERS_MAX.starter);
    for (const account of listed) desk.startByRival(account);
    // The first ones are bid for in one transaction, the last after that.
    for (const account of listed.slice(4, -1)) desk.put(account, { isHealthy: true });
    desk.refusal = 'NothingToTake';
    await pass({ bids: { ...BIDS, totalMaxWad: 4_000n * WAD } });
    expect(desk.bids).toHaveLength(5);
  });

  it('serves some accounts at a time, running auctions first, and begins again after the last', async () => {
    listed = many(2 * ACCOUNTS_SERVED_MAX);
    for (const account of listed) desk.put(account, { isHealthy: true });
    const running = inOwnOrder(memory.serving, listed, (account) => account).filter((_, n) => n % 3 === 0);
    for (const account of running) desk.startByRival(account);
    const seen = new Set<Bytes32>();
    const rounds = Math.ceil((listed.length - running.length) / (ACCOUNTS_SERVED_MAX - running.length));
    // In a dry run they are looked at and left as they are.
    for (let round = 0; round < rounds; round++) {
      desk.read.length = 0;
      await pass({ bids: null, isDryRun: true });
      expect(desk.read.slice(0, running.length)).toEqual(running);
      for (const account of desk.read) seen.add(account);
    }
    expect(seen.size).toBe(listed.length);
    expect(desk.readsAtOnce).toBe(SERVERS_MAX.starter);
  });

  it('serves the others when one account cannot be read, and says so at the end', async () => {
    listed = [some(1), ANN];
    desk.failing.add(some(1));
    desk.startByRival(ANN);
    await expect(pass()).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    expect(desk.acts).toEqual(['bid aa']);
  });

  it('ends when the chain fails, not after every account', async () => {
    listed = many(ACCOUNTS_SERVED_MAX);
    for (const account of listed) desk.failing.add(account);
    await expect(pass()).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    expect(desk.read.length).toBeLessThanOrEqual(SERVERS_MAX.starter);
    // At the same block nobody is chosen; those who wait are served all the same.
    desk.failing.clear();
    memory.failure = null;
    await keepAuctionsOnce(deps(), memory);
    await Promise.all(memory.runningOn);
    expect(new Set(desk.read)).toEqual(new Set(listed));
  });

  it('asks for no new list before accounts can have been judged anew', async () => {
    const clock = new FakeClock();
    const once = () => pass({ bids: null, worstIntervalMs: 2_000, listIntervalMs: 2_000 }, { clock });
    await once();
    listed = [ANN, some(0xbb)];
    await clock.advance(1_999);
    await once();
    expect([asked.length, desk.acts]).toEqual([1, ['start aa']]);
    await clock.advance(1);
    // It is read behind this pass, and used in the next.
    for (let times = 0; times < 2; times++) await once();
    expect([asked.length, desk.acts]).toEqual([2, ['start aa', 'start bb']]);
  });

  it('asks for new lists as often after the time of day was set back by hours', async () => {
    const clock = new FakeClock();
    const once = () => pass({ bids: null, worstIntervalMs: 2_000, listIntervalMs: 60_000 }, { clock });
    await once();
    clock.setBack(4 * 3_600_000);
    listed = [ANN, some(0xbb)];
    await clock.advance(60_000);
    for (let times = 0; times < 2; times++) await once();
    expect([asked.length, memory.listing.asked, desk.acts]).toEqual([
      2,
      { all: 2, worst: 2 },
      ['start aa', 'start bb'],
    ]);
  });

  it('starts what it can in the pass that fails for another account', async () => {
    desk.failing.add(ANN);
    listed = [ANN, some(0xbb)];
    desk.put(some(0xbb), { isHealthy: true });
    const once = () => ((desk.height += 1n), keepAuctionsOnce(deps({ bids: null }), memory));
    await once();
    await Promise.all(memory.runningOn);
    desk.put(some(0xbb), { isHealthy: false });
    await expect(once()).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    await Promise.all(memory.runningOn);
    expect(desk.acts).toEqual(['start bb']);
  });

  it('tries the least healthy first, up to two parts that do not start, and some of the others in turn', async () => {
    listed = many(5 * ACCOUNTS_TRIED_AT_ONCE);
    for (const account of listed) desk.put(account, { isHealthy: true });
    // The last of the list is the least healthy; one that the list calls healthy is not.
    for (const [index, account] of listed.entries()) healths.set(account, BigInt(2_000 - index));
    const inTurn = inOwnOrder(memory.serving, listed, (account) => account).slice(0, ACCOUNTS_TRIED_IN_TURN);
    const [first, worst] = [inTurn.toSorted()[0], listed.at(-1)] as [Bytes32, Bytes32];
    for (const account of [first, worst]) desk.put(account, { isHealthy: false });
    await pass({ bids: null });
    const parts = (1 + IDLE_PARTS_MAX) * ACCOUNTS_TRIED_AT_ONCE;
    expect(desk.tried).toEqual([...inTurn, ...listed.toReversed().slice(0, parts)]);
    expect(new Set((await desk.readRunning(listed)).keys())).toEqual(new Set([first, worst]));
    for (let turn = 0; turn < listed.length / ACCOUNTS_TRIED_IN_TURN; turn++) await pass({ bids: null });
    expect(new Set(desk.tried).size).toBe(listed.length);
  });

  it('tries what was just taken in turn alone, until its source has seen that', async () => {
    // As many ended auctions as end the search, each with less collateral and the debt of before.
    const taken = many(IDLE_PARTS_MAX * ACCOUNTS_TRIED_AT_ONCE);
    const due = some(9_999);
    listed = [...taken, due];
    desk.put(due, { isHealthy: true });
    for (const account of taken) desk.startByRival(account);
    await pass({ bids: null });
    for (const account of taken) {
      healths.set(account, 1n);
      desk.put(account, { record: null, isHealthy: true });
    }
    await pass({ bids: null });
    desk.put(due, { isHealthy: false });
    desk.tried.length = 0;
    await pass({ bids: null });
    expect(desk.tried.slice(ACCOUNTS_TRIED_IN_TURN)).toEqual([due]);
    expect(desk.acts).toEqual(['start 0f']);
    // Whose source has seen it is believed again.
    desk.put(some(1), { isHealthy: false });
    sourceAt = desk.height;
    for (let times = 0; times < 2; times++) await pass({ bids: null });
    expect(desk.acts).toEqual(['start 0f', 'start 01']);
  });

  it('asks nothing again at a block that it knows', async () => {
    desk.put(ANN, { isHealthy: true });
    await pass({ bids: null });
    const before = [desk.tried.length, desk.read.length];
    for (let times = 0; times < 3; times++) await keepAuctionsOnce(deps({ bids: null }), memory);
    await Promise.all(memory.runningOn);
    expect([desk.tried.length, desk.read.length]).toEqual(before);
    await pass({ bids: null });
    expect([desk.tried.length, desk.read.length]).toEqual(before.map((count) => 2 * count));
  });

  it('tries again at the same block what it could not find out there', async () => {
    const once = () => keepAuctionsOnce(deps({ bids: null }), memory);
    desk.readStartable = () => Promise.reject(new Error('cut off'));
    await expect(once()).rejects.toThrow('cut off');
    desk.readStartable = async () => [{ account: ANN, requiredWad: WAD }];
    await once();
    await Promise.all(memory.runningOn);
    expect(desk.acts).toEqual(['start aa']);
  });

  it('waits for no start, and sends none twice', async () => {
    let release = (): void => undefined;
    const mined = new Promise<void>((resolve) => (release = resolve));
    class SlowStarts extends FakeAuctions {
      override async start(accounts: readonly Bytes32[]) {
        await mined;
        return super.start(accounts);
      }
    }
    desk = new SlowStarts(protocol);
    const once = () => ((desk.height += 1n), keepAuctionsOnce(deps({ bids: null }), memory));
    await once();
    listed = [ANN, some(0xbb)];
    await once();
    await once();
    release();
    await Promise.all(memory.runningOn);
    expect(desk.acts).toEqual(['start aa', 'start bb']);
    expect([memory.starting.size, memory.singles.busy.size, memory.failure]).toEqual([0, 0, null]);
  });
});

describe('a dry run', () => {
  it('sends nothing, and says once what it would do or waits for', async () => {
    for (let times = 0; times < 2; times++) await pass({ isDryRun: true });
    desk.startByRival(ANN);
    desk.ppm = 0n;
    for (let times = 0; times < 2; times++) await pass({ isDryRun: true });
    desk.ppm = 10_000n;
    desk.timeS += 60n;
    await pass({ isDryRun: true });
    expect(desk.acts).toEqual([]);
    expect(observer.events.filter(({ level }) => level === 'info')).toMatchObject([
      { name: 'auction-planned', fields: { act: 'start' } },
      { name: 'auction-waits', fields: { reason: 'discount-too-small', from_s: 1_080n } },
      { name: 'auction-planned', fields: { act: 'bid', ppm: 10_000n } },
    ]);
    expect(observer.events).toHaveLength(4);
  });
});
