import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Address, type Bytes32, address } from '@surety/domain';
import {
  type BookDocument,
  accountGreeksOf,
  parseBookDocument,
  parseReportInputs,
  unifiedMarginOf,
} from '@surety/margin';
import { ContractFunctionRevertedError, HttpRequestError, type PublicClient } from 'viem';
import { describe, expect, it } from 'vitest';
import { type FakeReportChain, fakeReportChain } from '../testing/fake-report-chain.js';
import type { LenderOnChain } from './live-account.js';
import { type LiveBook, type LiveBookRequest, readLiveBook } from './read-live-book.js';

const example = fileURLToPath(new URL('../../../../packages/margin/examples/report-inputs.json', import.meta.url));
const written = JSON.parse(readFileSync(example, 'utf8'));
const { subject } = parseReportInputs(written);
const { BTC, ETH } = written.book.underlyings;
const WAD = 10n ** 18n;
const NOW = Number(subject.asOf);
const some = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const [venue, book, market, other] = ['b1', 'b2', 'b3', 'b4'].map(some) as [Address, Address, Address, Address];
const lender: LenderOnChain = {
  name: 'usds',
  address: market,
  decimals: 6,
  terms: { priceSlot: 1, initialBp: 11_000, maintenanceBp: 10_500 },
};
const perpetual = { kind: 0, expiry: 0, slot: 3, priceWad: 2_900n * WAD, sizeWad: 2n * WAD };
const call = { kind: 1, expiry: NOW + 86_400, slot: 3, priceWad: 3_200n * WAD, sizeWad: -2n * WAD };
const december = { expiresAt: String(NOW + 86_400), forward: '3010', vol: '0.6' };
const markets = { BTC: BTC.market, ETH: { ...ETH.market, expiries: { december } } };

/** What each protocol answers; one that is left out has no view of positions. */
interface Protocols {
  readonly shows?: Readonly<
    Record<Address, readonly [nonce: bigint, cashWad: bigint, positions: readonly object[]] | Error>
  >;
  readonly listed: readonly Address[];
  readonly debt?: readonly [debt: bigint, writtenOff: bigint];
  readonly answered?: boolean;
}

async function read(
  { shows = {}, listed, debt = [0n, 0n], answered = true }: Protocols,
  change: FakeReportChain = {},
  request: Partial<LiveBookRequest> = {},
): Promise<LiveBook> {
  const chain = fakeReportChain(subject, change);
  const { reader } = chain;
  const silent = new ContractFunctionRevertedError({ abi: [], functionName: 'positionsOf' });
  const views: Record<string, (to: Address) => unknown> = {
    protocolsOf: () => listed,
    positionOf: () => [...debt, 0n],
    positionsOf: (to) => {
      const shown = shows[to] ?? silent;
      if (shown instanceof Error) throw shown;
      return shown;
    },
    requirementsOf: () =>
      listed.map((protocol) => ({ protocol, answered, initialWad: 30n * WAD, maintenanceWad: 20n * WAD })),
  };
  const readContract = async (of: { functionName: string; address: Address }): Promise<unknown> =>
    views[of.functionName]?.(of.address) ?? reader.readContract(of as never);
  const accounts = [subject.account];
  return readLiveBook(
    { accounts, markets, lenders: [lender], sources: new Map([[4, 'alpha']]), ...request },
    { ...chain, reader: { ...reader, readContract } as unknown as PublicClient },
  );
}

const parsed = ({ book: of }: LiveBook): BookDocument => parseBookDocument(of);
const only = (live: LiveBook): BookDocument['accounts'][number]['account'] => {
  const [first] = parsed(live).accounts;
  if (first === undefined) throw new Error('the book has no account');
  return first.account;
};

describe('a live account as a book', () => {
  it('has its lines, sources by the names of their chains, and underlyings near 1.00 as money', async () => {
    const live = await read({ listed: [] }, { unseasoned: WAD });
    const { snapshot } = parsed(live);
    expect(only(live)).toMatchObject({
      lines: [
        { asset: 'asset-1', amount: 20_000_000_000n },
        { asset: 'asset-2', amount: 4n * WAD, unseasoned: WAD },
      ],
      perps: [],
      feesAccrued: 0n,
      cash: 0n,
    });
    expect([...snapshot.sources.keys()]).toEqual(['alpha', 'lenders']);
    expect(snapshot.underlyings.get('USD')?.money).toBe(true);
    expect(snapshot.underlyings.get('ETH')?.money).toBeUndefined();
    expect(snapshot.underlyings.get('ETH')?.feed).toMatchObject({ ageS: 0n, maxAgeS: 3_600n });
    expect(live.block).toMatchObject({ height: subject.blockNumber, timestamp: subject.asOf });
  });

  it('has a line of a short asset as its coverage counts it, and the unseasoned part of it', async () => {
    const live = await read({ listed: [] }, { unseasoned: WAD, coverageWad: WAD / 10n });
    const [, ether] = only(live).lines;
    expect(ether).toMatchObject({ asset: 'asset-2', amount: (4n * WAD) / 10n, unseasoned: WAD / 10n });
  });

  it('adds up what several protocols show: perpetuals keep their gains, options their quantity', async () => {
    const future = { ...perpetual, expiry: NOW + 86_400, priceWad: 3_100n * WAD, sizeWad: -2n * WAD };
    const live = await read({
      listed: [venue, book],
      shows: {
        [venue]: [1n, 10n * WAD, [perpetual, call, { ...call, sizeWad: 0n }]],
        [book]: [2n, -3n * WAD, [future, { ...call, sizeWad: 5n * WAD }, { ...perpetual, slot: 2, sizeWad: -WAD }]],
      },
    });
    const account = only(live);
    // Bought at 2,900, sold at 3,100: nothing moves any more, and 400 are won.
    expect(account.perps).toMatchObject([
      { underlying: 'ETH', size: 0n, funding: 400n * WAD },
      { underlying: 'BTC', size: -WAD, entryPrice: 2_900n * WAD },
    ]);
    expect(account.options).toEqual([
      { underlying: 'ETH', expiry: 'december', strike: 3_200n * WAD, type: 'call', quantity: 3n * WAD },
    ]);
    expect([account.cash, account.feesAccrued]).toEqual([10n * WAD, 3n * WAD]);
    const { snapshot } = parsed(live);
    const greeks = accountGreeksOf(account, snapshot).find(({ underlying }) => underlying === 'ETH');
    expect(greeks?.deltas).toMatchObject({ collateral: 4n * WAD, perp: 0n });
    // 20,000 USD, 4 ETH, cash, debt, the pair and the short bitcoin at 60,000; the options on top.
    const expected = (20_000n + 12_000n + 10n - 3n + 400n + 2_900n - 60_000n) * WAD;
    const mark = unifiedMarginOf(account, snapshot).markets.reduce((sum, { optionMark }) => sum + optionMark, 0n);
    expect(unifiedMarginOf(account, snapshot).netValue).toBe(expected + mark);
  });

  it('owes a market its tokens, with the market’s own factors, what was written off included', async () => {
    const live = await read({ listed: [market], debt: [5_000_000n, 1_000_000n] });
    expect(live.accounts[0]?.protocols).toMatchObject([{ shows: 'debt', units: 6_000_000n }]);
    expect(only(live).debts).toEqual([{ asset: 'owed-to-usds', amount: 6n * WAD }]);
    const asset = parsed(live).snapshot.assets.get('owed-to-usds');
    expect(asset).toMatchObject({
      underlying: 'USD',
      debtInitial: (11n * WAD) / 10n,
      debtMaintenance: (105n * WAD) / 100n,
    });
    const unit = { ...lender, terms: { ...lender.terms, priceSlot: 0 } };
    const plain = await read({ listed: [market], debt: [5_000_000n, 0n] }, {}, { lenders: [unit] });
    expect(parsed(plain).snapshot.underlyings.get('unit')).toMatchObject({ money: true, feed: { price: WAD } });
  });

  it.each<[why: string, shows: Protocols['shows']]>([
    ['shows no positions', {}],
    ['shows a kind that no book has', { [other]: [1n, 0n, [{ ...perpetual, kind: 3 }]] }],
    ['shows more than anybody would revalue', { [other]: [1n, 0n, Array.from({ length: 257 }, () => perpetual)] }],
  ])('owes the maintenance requirement of a protocol that %s', async (_why, shows = {}) => {
    const live = await read({ listed: [other, venue], shows: { ...shows, [venue]: [1n, 0n, []] } });
    expect(live.accounts[0]?.protocols).toMatchObject([
      { protocol: other, shows: 'requirement', answered: true, maintenanceWad: 20n * WAD },
      { protocol: venue, shows: 'positions' },
    ]);
    expect(only(live).feesAccrued).toBe(20n * WAD);
  });

  it('is not read while the provider fails: an answer that is missing is no position that is missing', async () => {
    const away = new HttpRequestError({ url: 'http://127.0.0.1' });
    await expect(read({ listed: [venue], shows: { [venue]: away } })).rejects.toBe(away);
  });

  it('marks an option whose expiry has passed at the price, and needs no volatility for it', async () => {
    const ended = { ...call, expiry: NOW, priceWad: 2_800n * WAD };
    const live = await read({ listed: [venue], shows: { [venue]: [1n, 0n, [ended]] } });
    const { snapshot } = parsed(live);
    const [{ optionMark } = { optionMark: 0n }] = unifiedMarginOf(only(live), snapshot).markets;
    expect(optionMark).toBe(-400n * WAD);
  });

  it('names a market or an expiry that the reader’s file lacks', async () => {
    const trading: Protocols = { listed: [venue], shows: { [venue]: [1n, 0n, [call]] } };
    await expect(read(trading, {}, { markets: {} })).rejects.toMatchObject({
      code: 'MARKET_MISSING',
      message: expect.stringMatching(/nothing of ETH, which an account trades/),
    });
    await expect(read(trading, {}, { markets: { ETH: ETH.market } })).rejects.toMatchObject({
      code: 'MARKET_MISSING',
      message: expect.stringMatching(/no expiry of ETH at \d+/),
    });
  });

  it('is one of several accounts, in their order, and each is announced', async () => {
    const accounts = Array.from(
      { length: 20 },
      (_, at): Bytes32 => `0x${at.toString(16).padStart(64, '0')}` as Bytes32,
    );
    let announced = 0;
    const live = await read({ listed: [] }, {}, { accounts, onRead: () => (announced += 1) });
    expect(parsed(live).accounts.map(({ id }) => id)).toEqual(accounts);
    expect(announced).toBe(20);
    const none = await read({ listed: [] }, {}, { accounts: [] });
    expect(parsed(none).accounts).toEqual([]);
  });
});
