import { type Bytes32, WAD, address, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuctionBid } from '../ports/auctions.js';
import { FakeAuctions, bidsAt, freshKeeperMemory } from '../testing/fake-auctions.js';
import { settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { BIDS_PER_TRANSACTION_MAX, SERVERS_MAX } from './limits.js';
import { freshSinglesMemory, serveSingly } from './serve-singly.js';

const protocol = address(`0x${'c1'.repeat(20)}`);
const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const list = (count: number): Bytes32[] => Array.from({ length: count }, (_, n) => some(n + 1));

/** Auctions whose bids are mined when a test says so. */
class SlowAuctions extends FakeAuctions {
  readonly #mined: (() => void)[] = [];

  /** Accounts in each transaction that bids. */
  readonly sizes: number[] = [];

  override async bid(bid: AuctionBid) {
    await this.#untilMined(1);
    return super.bid(bid);
  }

  override async bidTogether(bids: readonly AuctionBid[]) {
    await this.#untilMined(bids.length);
    return super.bidTogether(bids);
  }

  async #untilMined(size: number): Promise<void> {
    this.sizes.push(size);
    await new Promise<void>((resolve) => void this.#mined.push(resolve));
  }

  /** Lets the oldest transactions under way land. */
  async mine(count = this.#mined.length): Promise<void> {
    for (const land of this.#mined.splice(0, count)) land();
    await settle();
  }

  get underWay(): number {
    return this.#mined.length;
  }
}

/** Accounts that a keeper which only takes bids for at once. */
const AT_ONCE = SERVERS_MAX.taker * BIDS_PER_TRANSACTION_MAX;
const BIDS = { ...bidsAt(protocol), totalMaxWad: 1_000_000n * WAD };

let desk: SlowAuctions;
let observer: RecordingObserver;
let memory: ReturnType<typeof freshKeeperMemory>;

beforeEach(() => {
  [desk, observer, memory] = [new SlowAuctions(protocol), new RecordingObserver(), freshKeeperMemory()];
});

/** Serves accounts as far as that needs no block. @returns the error with which the work ends, once it does. */
async function serve(accounts: readonly Bytes32[], { isStarter = false, totalMaxWad = BIDS.totalMaxWad } = {}) {
  const policy = { isStarter, burdenMinWad: 0n, bids: { ...BIDS, totalMaxWad }, isDryRun: false };
  const work = serveSingly({ desk, observer, policy }, memory, accounts);
  const failure = work.then(
    () => undefined,
    (error: unknown) => error,
  );
  await settle();
  return { failure };
}

describe('serving accounts one by one', () => {
  it('goes on with the next accounts while some wait for their block', async () => {
    const accounts = list(AT_ONCE + 2);
    for (const account of accounts) desk.startByRival(account);
    const [slow, ...others] = accounts as [Bytes32, ...Bytes32[]];
    await serve([slow]);
    await serve(others.slice(0, 3));
    expect(desk.sizes).toEqual([1, 3]);
    // As many at once as may be; the last wait for the first that end.
    await serve(others.slice(3));
    expect(desk.underWay).toBe(SERVERS_MAX.taker);
    expect(memory.singles.waiting).toEqual(accounts.slice(-6));
    await desk.mine(1);
    expect([desk.bids.length, desk.underWay]).toEqual([1, SERVERS_MAX.taker]);
    for (let times = 0; times < 2; times++) await desk.mine();
    expect(desk.bids.map(({ account }) => account)).toEqual(accounts);
    expect(memory.singles).toEqual({
      ...freshSinglesMemory(),
      bidWad: 1_000n * WAD * BigInt(accounts.length),
      leftWad: expect.any(BigInt),
      takenAt: 1n,
    });
  });

  it('fills a transaction with bids while it looks at others, and sends what is left at the end', async () => {
    const accounts = list(4 * SERVERS_MAX.taker);
    for (const account of accounts) {
      desk.startByRival(account);
      // One in eight is worth a bid.
      if (BigInt(account) % 8n !== 1n) desk.put(account, { isHealthy: true });
    }
    await serve(accounts);
    expect(desk.sizes).toEqual([4, 4]);
    desk.startByRival(some(65));
    await serve([some(65)]);
    expect(desk.sizes).toEqual([4, 4, 1]);
    expect([memory.singles.waiting, memory.singles.bids]).toEqual([[], []]);
  });

  it('sends what waits for company though the last account cannot be read', async () => {
    for (const account of list(3)) desk.startByRival(account);
    desk.failing.add(some(3));
    const { failure } = await serve(list(3));
    await desk.mine();
    expect(await failure).toMatchObject({ code: 'RPC_UNAVAILABLE' });
    expect(desk.acts).toEqual(['bid 01 02']);
  });

  it('bids for several accounts in one transaction, and says what each of them cost', async () => {
    for (const account of list(3)) desk.startByRival(account);
    await serve(list(3));
    await desk.mine();
    expect(desk.acts).toEqual(['bid 01 02 03']);
    const costs = observer.named('auction-bid').map(({ fields }) => [fields['account'], fields['gas_used']]);
    expect(costs).toEqual([
      [some(1), 34n],
      [some(2), 33n],
      [some(3), 33n],
    ]);
  });

  it('bids alone for an account that has a protocol it does not serve', async () => {
    for (const account of list(3)) desk.startByRival(account);
    const read = desk.readAccount.bind(desk);
    desk.readAccount = async (account) => {
      const facts = await read(account);
      if (account !== some(2)) return facts;
      const offer = { kind: 'closed', reason: 'nothing' } as const;
      const foreign = { protocol: address(`0x${'c2'.repeat(20)}`), offer, writeOffWad: null };
      return { ...facts, claims: [...facts.claims, foreign] };
    };
    await serve(list(3));
    expect(new Set(desk.sizes)).toEqual(new Set([1, 2]));
    await desk.mine();
    expect(new Set(desk.acts)).toEqual(new Set(['bid 01 03', 'bid 02']));
  });

  it('tries by itself what took nothing beside others', async () => {
    for (const account of list(3)) desk.startByRival(account);
    desk.passedOver.add(some(2));
    await serve(list(3));
    await desk.mine();
    expect(observer.named('auction-overtaken')).toMatchObject([{ fields: { account: some(2), act: 'bid' } }]);
    expect(memory.singles.leftWad).toBe(BIDS.totalMaxWad - 2_000n * WAD);
    desk.startByRival(some(4));
    await serve([some(2), some(4)]);
    await desk.mine();
    expect(new Set(desk.acts)).toEqual(new Set(['bid 01 02 03', 'bid 02', 'bid 04']));
    expect(memory.singles.alone.size).toBe(0);
  });

  it('learns alone why bids were refused together', async () => {
    for (const account of list(2)) desk.startByRival(account);
    desk.refusal = 'AccountUndercollateralised';
    await serve(list(2));
    await desk.mine();
    expect(observer.named('auction-refused')).toEqual([]);
    await serve(list(2));
    for (let times = 0; times < 2; times++) await desk.mine();
    expect(desk.acts).toEqual(['bid 01 02', 'bid 01', 'bid 02']);
    expect(observer.named('auction-refused')).toMatchObject([
      { fields: { account: some(1), code: 'AccountUndercollateralised' } },
      { fields: { account: some(2), code: 'AccountUndercollateralised' } },
    ]);
    expect([...memory.serving.looked.keys()]).toEqual(list(2));
  });

  it('takes no more in all than it may while bids of an earlier pass are under way', async () => {
    for (const account of list(4)) desk.startByRival(account);
    const totalMaxWad = 2_500n * WAD;
    await serve(list(1), { totalMaxWad });
    await serve([some(2), some(3), some(4)], { totalMaxWad });
    await desk.mine();
    expect(desk.bids.map(({ terms }) => terms.shareMaxWad)).toEqual([WAD, WAD, WAD / 2n]);
    expect(memory.singles.underWayWad).toBe(0n);
  });

  it('gives back the room of a bid that fails without an outcome', async () => {
    for (const account of list(2)) desk.startByRival(account);
    const totalMaxWad = 1_000n * WAD;
    desk.beforeAct = () => {
      throw new Error('cut off');
    };
    const { failure } = await serve([some(1)], { totalMaxWad });
    await desk.mine();
    expect(await failure).toMatchObject({ message: 'cut off' });
    expect([memory.singles.underWayWad, memory.singles.leftWad]).toEqual([0n, totalMaxWad]);
    desk.beforeAct = undefined;
    await serve([some(2)], { totalMaxWad });
    await desk.mine();
    expect(desk.bids.at(-1)).toMatchObject({ account: some(2), terms: { shareMaxWad: WAD } });
  });

  it('touches what is due though others are still being served', async () => {
    for (const account of list(2)) desk.startByRival(account);
    await serve([some(1)], { isStarter: true });
    // The clock of the second is about to stop, and there is nothing to gain yet.
    [desk.timeS, desk.ppm] = [desk.timeS + 600n, 0n];
    await serve([some(2)], { isStarter: true });
    expect([desk.acts, [...memory.singles.busy]]).toEqual([[], [some(1), some(2)]]);
    await serve([], { isStarter: true });
    expect([desk.acts, [...memory.singles.busy]]).toEqual([['touch 02'], [some(1)]]);
  });

  it('leaves what waits to a later pass where everything fails', async () => {
    const accounts = list(SERVERS_MAX.taker + 3);
    for (const account of accounts) {
      desk.startByRival(account);
      desk.failing.add(account);
    }
    expect(await (await serve(accounts)).failure).toMatchObject({ code: 'RPC_UNAVAILABLE' });
    expect(desk.read).toHaveLength(SERVERS_MAX.taker);
    expect([...memory.singles.busy]).toEqual(accounts.slice(-3));
    desk.failing.clear();
    await serve([]);
    await desk.mine();
    expect(desk.bids.map(({ account }) => account)).toEqual(accounts.slice(-3));
  });

  it('takes no more than it may in all though its provider is behind its own bids', async () => {
    const totalMaxWad = 1_500n * WAD;
    // What was before any of them.
    desk.readTaker = async () => ({ height: 0n as never, assetsWad: desk.takerAssetsWad, requiredWad: 0n });
    for (const account of list(3)) {
      desk.startByRival(account);
      await serve([account], { totalMaxWad });
      await desk.mine();
    }
    const shares = desk.bids.map(({ terms }) => terms.shareMaxWad);
    expect(shares.slice(0, 2)).toEqual([WAD, WAD / 2n]);
    expect(shares.reduce((sum, share) => sum + share, 0n)).toBeLessThanOrEqual((3n * WAD) / 2n);
  });

  it('rejects with one failure where neither room nor touches are to be had', async () => {
    memory.singles.touches.push({
      account: some(1),
      record: { starter: protocol, startedAt: 1n, seenAt: 1n, isTaken: false },
    });
    desk.readTaker = () => Promise.reject(new Error('no room'));
    desk.touch = () => Promise.reject(new Error('no touch'));
    expect(await (await serve([some(2)])).failure).toMatchObject({ message: 'no room' });
    // Who waits is served by a later pass.
    expect(memory.singles.waiting).toEqual([some(2)]);
  });
});
