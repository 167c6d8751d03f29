import { AppError, type Hex } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FeedPrice } from '../ports/price-board.js';
import type { OfferedPrice, PullSource } from '../ports/pull-source.js';
import type { LandOutcome } from '../ports/transactions.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type BringPauses, type PullStatus, bringOnce, bringPrices, bringReason } from './bring-prices.js';

const POLICY = { moveBps: 50, ageShareBps: 5_000, pollIntervalMs: 1_000 };
const MISSING: FeedPrice = { kind: 'failing', name: 'PriceMissing' };
const NOW = 1_000n;

let clock: FakeClock;
let observer: RecordingObserver;
let reports: PullStatus[];

beforeEach(() => {
  clock = new FakeClock();
  observer = new RecordingObserver();
  reports = [];
});

/** An adapter that takes an offer unless its update says `0xbad0`, and fails where it says `0xdead`. */
class FakeSource implements PullSource {
  price: FeedPrice = MISSING;
  offers: readonly OfferedPrice[] | Error = [];
  readonly brought: bigint[] = [];
  constructor(readonly name: string) {}

  readChain(): ReturnType<PullSource['readChain']> {
    return Promise.resolve({ price: this.price, timestamp: NOW, maxAgeS: 60n });
  }

  readOffers(): ReturnType<PullSource['readOffers']> {
    return this.offers instanceof Error ? Promise.reject(this.offers) : Promise.resolve(this.offers);
  }

  bring(one: OfferedPrice): Promise<LandOutcome> {
    this.brought.push(one.observedAt);
    if (one.updates[0] === '0xdead')
      return Promise.reject(new AppError({ code: 'UPDATE_TOO_DEAR', message: '255 updates', retryable: true }));
    if (one.updates[0] === '0xbad0') return Promise.resolve({ kind: 'refused', name: 'SignerUnknown', detail: '' });
    this.price = { kind: 'price', price1e12: one.price1e12, observedAt: one.observedAt };
    return Promise.resolve({ kind: 'overtaken', detail: 'somebody else brought it' });
  }
}

/** An offer of the honest service; a bad update is the liar's. */
function offer(observedAt: bigint, price1e12 = 100n, update: Hex = '0x01'): OfferedPrice {
  return { price1e12, observedAt, service: update === '0x01' ? 'honest' : 'liar', updates: [update] };
}

function start(...sources: PullSource[]): { stop: () => Promise<void> } {
  const controller = new AbortController();
  const report = (status: PullStatus): number => reports.push(status);
  const loop = bringPrices({ sources, clock, observer, policy: POLICY, report }, controller.signal);
  return { stop: () => (controller.abort(), loop) };
}

describe('an update is worth a transaction', () => {
  const at = (price: FeedPrice): Parameters<typeof bringReason>[0] => ({ price, timestamp: NOW, maxAgeS: 60n });
  const price = (observedAt: bigint): FeedPrice => ({ kind: 'price', price1e12: 10_000n, observedAt });
  it.each([
    ['where the adapter has no price', at(MISSING), offer(990n), 'missing'],
    ['where the price moved by half a per cent', at(price(980n)), offer(990n, 10_050n), 'moved'],
    ['where half of the age is over', at(price(970n)), offer(990n, 10_000n), 'ageing'],
  ])('%s', (_name, seen, offered, reason) => {
    expect(bringReason(seen, offered, POLICY)).toBe(reason);
  });
  it.each([
    ['an offer as old as the adapter accepts', at(MISSING), offer(940n)],
    ['an offer that is not newer', at(price(990n)), offer(990n, 20_000n)],
    ['a small move of a young price', at(price(971n)), offer(990n, 10_049n)],
  ])('but not for %s', (_name, seen, offered) => {
    expect(bringReason(seen, offered, POLICY)).toBeUndefined();
  });
});

describe('a loop over pull sources', () => {
  it('goes on with the others where one service fails, and says which once', async () => {
    const [away, served] = [new FakeSource('ETH of pyth'), new FakeSource('ETH of redstone')];
    away.offers = new AppError({ code: 'PRICE_SERVICE_UNAVAILABLE', message: 'status 429', retryable: true });
    served.offers = [offer(990n)];
    clock.setBack(86_400_000);
    const loop = start(away, served);
    await clock.advance(5_000);
    await loop.stop();
    expect(served.brought).toEqual([990n]);
    expect(reports.at(-1)?.failing).toEqual([
      { name: 'ETH of pyth', code: 'PRICE_SERVICE_UNAVAILABLE', detail: 'status 429' },
    ]);
    expect(clock.elapsedMs() - (reports[0]?.passedAtMs ?? 0)).toBeLessThanOrEqual(5_000);
    expect(observer.named('price-updates-failed')).toHaveLength(1);
    expect(observer.named('price-brought')).toHaveLength(1);
  });

  it.each([
    ['ten sources on a chain with blocks of twelve seconds', 10, 12, 0],
    ['twelve beside a service that hangs for five', 12, 2, 5],
  ])('keeps %s from growing stale', async (_name, count, landS, hungS) => {
    const now = (): bigint => BigInt(Math.floor(clock.elapsedMs() / 1_000));
    const keptAt = Array.from({ length: count }, () => now());
    const pass = (s: number): Promise<void> =>
      s === 0 ? Promise.resolve() : clock.sleep(s * 1_000, new AbortController().signal);
    let [underWay, most] = [0, 0];
    const sources = keptAt.map((_at, index): PullSource => ({
      name: `price ${index}`,
      readChain: async () => {
        const observedAt = keptAt[index] ?? 0n;
        const isStale = now() - observedAt > 60n;
        const price: FeedPrice = isStale
          ? { kind: 'failing', name: 'PriceStale' }
          : { kind: 'price', price1e12: 100n, observedAt };
        return { price, timestamp: now(), maxAgeS: 60n };
      },
      readOffers: () => pass(hungS).then(() => [offer(now())]),
      bring: async ({ observedAt }) => {
        most = Math.max(most, ++underWay);
        await pass(landS);
        [underWay, keptAt[index]] = [underWay - 1, observedAt];
        return { kind: 'overtaken', detail: '' };
      },
    }));
    const controller = new AbortController();
    const policy = { ...POLICY, pollIntervalMs: 3_000 };
    const loop = bringPrices({ sources, clock, observer, policy }, controller.signal);
    let oldestS = 0n;
    for (let s = 0; s < 600; s += 1) {
      await clock.advance(1_000);
      for (const at of keptAt) if (now() - at > oldestS) oldestS = now() - at;
    }
    controller.abort();
    await clock.advance(60_000);
    await loop;
    expect(oldestS).toBeLessThanOrEqual(60n);
    expect(most).toBe(8);
  });

  it('takes the next offer where the newest is refused, so that one lying service stops nothing', async () => {
    const source = new FakeSource('ETH of pyth');
    source.offers = [offer(999n, 100n, '0xbad0'), offer(990n)];
    const loop = start(source);
    await clock.advance(500);
    await loop.stop();
    expect(source.brought).toEqual([999n, 990n]);
    expect(reports.at(-1)?.failing).toEqual([]);
  });

  it('pays a service whose updates land and do not help less and less, though another one helps in between', async () => {
    let [paid, timestamp, kept] = [0, 1_000n, 1_000n];
    const source: PullSource = {
      name: 'ETH of pyth',
      readChain: async () => ({
        price: { kind: 'price', price1e12: 1_000n, observedAt: kept },
        timestamp,
        maxAgeS: 60n,
      }),
      readOffers: async () => [offer(timestamp + 1n, 2_000n, '0xbad0'), offer(timestamp, 1_000n)],
      bring: async ({ updates, observedAt }) => {
        if (updates[0] === '0xbad0') paid += 1;
        else kept = observedAt;
        return { kind: 'landed', txHash: '0x', feeWei: 1n } as unknown as LandOutcome;
      },
    };
    const pauses: BringPauses = new Map();
    const failing: unknown[] = [];
    for (let s = 0; s < 3_600; s += 3) {
      timestamp = 1_000n + BigInt(s);
      failing.push(...(await bringOnce({ clock, observer, policy: POLICY }, source, pauses)));
      await clock.advance(3_000);
    }
    expect(paid).toBeLessThan(20);
    expect(timestamp - kept).toBeLessThan(60n);
    expect(failing).toEqual([]);
    expect(observer.named('price-update-unhelpful')[0]).toMatchObject({
      level: 'warn',
      fields: { detail: expect.stringContaining('liar') },
    });
  });

  it('is back within a minute of an unsure spell of the network, and has paid once a minute for all services', async () => {
    let [timestamp, kept, isUnsure] = [1_000n, 1_000n, false];
    const paidAtS: number[] = [];
    const source: PullSource = {
      name: 'ETH of pyth',
      readChain: async () => {
        const stale = timestamp - kept > 60n ? 'PriceStale' : undefined;
        const name = isUnsure ? 'PriceUncertain' : stale;
        const price: FeedPrice =
          name === undefined ? { kind: 'price', price1e12: 1_000n, observedAt: kept } : { kind: 'failing', name };
        return { price, timestamp, maxAgeS: 60n };
      },
      readOffers: async () =>
        ['service 1', 'service 2', 'service 3'].map((service) => ({ ...offer(timestamp, 1_000n), service })),
      bring: async ({ observedAt }) => {
        kept = observedAt;
        paidAtS.push(Number(timestamp) - 1_000);
        return { kind: 'landed', txHash: '0x', feeWei: 1n } as unknown as LandOutcome;
      },
    };
    const pauses: BringPauses = new Map();
    let [sureAt, backAt]: (bigint | undefined)[] = [];
    for (let s = 0n; s < 900n; s += 3n) {
      timestamp = 1_000n + s;
      isUnsure = s >= 60n && s < 720n;
      if (s === 720n) [sureAt, kept] = [timestamp, 0n];
      await bringOnce({ clock, observer, policy: POLICY }, source, pauses);
      if (sureAt !== undefined && kept > 0n) backAt ??= timestamp;
      await clock.advance(3_000);
    }
    expect((backAt ?? 9_999n) - (sureAt ?? 0n)).toBeLessThanOrEqual(63n);
    const inSpell = paidAtS.filter((s) => s >= 60 && s < 720);
    const apartS = inSpell.slice(1).map((s, before) => s - (inSpell[before] ?? 0));
    expect([inSpell.length, Math.max(...apartS)]).toEqual([13, 60]);
  });

  it('takes the next offer where bringing the newest throws, and pauses that service alone', async () => {
    const source = new FakeSource('ETH of pyth');
    source.offers = [offer(999n, 100n, '0xdead'), offer(990n)];
    const loop = start(source);
    await clock.advance(500);
    source.offers = [offer(999n, 100n, '0xdead'), offer(995n, 200n)];
    await clock.advance(5_000);
    await loop.stop();
    expect(source.brought).toEqual([999n, 990n, 995n]);
    expect(reports.at(-1)?.failing).toEqual([]);
  });

  it('tells the error of a source whose only offer throws, and tries it again at the same pause', async () => {
    const source = new FakeSource('ETH of pyth');
    source.offers = [offer(999n, 100n, '0xdead')];
    const loop = start(source);
    await clock.advance(9_000);
    expect(reports.at(-1)?.failing).toEqual([{ name: 'ETH of pyth', code: 'UPDATE_TOO_DEAR', detail: '255 updates' }]);
    await clock.advance(25_000);
    await loop.stop();
    expect(source.brought).toHaveLength(4);
  });

  it('ends where bringing finds another chain', async () => {
    const source = new FakeSource('ETH of pyth');
    source.offers = [offer(990n)];
    source.bring = () => Promise.reject(new AppError({ code: 'CHAIN_MISMATCH', message: '', retryable: false }));
    const loop = bringPrices({ sources: [source], clock, observer, policy: POLICY }, new AbortController().signal);
    await expect(loop).rejects.toMatchObject({ code: 'CHAIN_MISMATCH' });
  });

  it('pauses longer each time where no offer helps', async () => {
    const source = new FakeSource('ETH of pyth');
    source.offers = [offer(990n, 100n, '0xbad0')];
    const loop = start(source);
    await clock.advance(9_000);
    expect(source.brought).toHaveLength(1);
    await clock.advance(3_000);
    expect(source.brought).toHaveLength(2);
    await clock.advance(9_000);
    await loop.stop();
    expect(source.brought).toHaveLength(2);
    expect(reports.at(-1)?.failing).toMatchObject([{ code: 'UPDATE_UNHELPFUL' }]);
  });

  it('names a source without a price for which no service has one', async () => {
    const loop = start(new FakeSource('ETH of pyth'));
    await clock.advance(500);
    await loop.stop();
    expect(reports.at(-1)?.failing).toMatchObject([
      { code: 'NO_UPDATE', detail: expect.stringContaining('PriceMissing') },
    ]);
  });
});
