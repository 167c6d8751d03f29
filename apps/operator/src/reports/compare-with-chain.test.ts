import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseReportInputs } from '@surety/margin';
import type { PublicClient } from 'viem';
import { describe, expect, it } from 'vitest';
import { type ComparedChain, compareInputs } from './compare-with-chain.js';

const example = fileURLToPath(new URL('../../../../packages/margin/examples/report-inputs.json', import.meta.url));
const text = readFileSync(example, 'utf8');
const { subject } = parseReportInputs(JSON.parse(text));
const some = (pair: string) => `0x${pair.repeat(20)}`;
const WAD = 10n ** 18n;
const PRICE = 10n ** 12n;
const OWN_SLOT = 9;

const perpetual = { kind: 0, expiry: 0n };
const PRICES = new Map([
  [1, 1n],
  [2, 60_000n],
  [3, 3_000n],
]);
const weights = (baseI: number, baseM: number) => ({
  baseI,
  baseM,
  sourceI: 950_000,
  sourceM: 980_000,
  freshI: 1_000_000,
  freshM: 1_000_000,
});
const LINES = new Map([
  [1, { amount: 20_000n * 10n ** 6n, decimals: 6, underlying: 1, weights: weights(950_000, 980_000) }],
  [2, { amount: 4n * WAD, decimals: 18, underlying: 3, weights: weights(800_000, 850_000) }],
]);

/** The ledger's own price of ether: none unless told. */
interface OwnPrice {
  readonly price: bigint;
  readonly ageS: number;
}

/** A chain that says what the example says, of assets 1 and 2. */
function chainOf(own?: OwnPrice): ComparedChain {
  const cached = (price: bigint, ageS: number) => {
    const observedAt = Number(subject.asOf) - ageS;
    return { price: price * PRICE, ema: price * PRICE, confPpm: 0, maxAgeS: 3_600, observedAt };
  };
  const line = (id: number) => LINES.get(id) as NonNullable<ReturnType<(typeof LINES)['get']>>;
  const views: Record<string, (...args: never[]) => unknown> = {
    reports: () => subject.reports,
    positionsOf: () => [
      subject.positionNonce,
      0n,
      [
        { ...perpetual, slot: 3, priceWad: 3_000n * WAD, sizeWad: -10n * WAD },
        { ...perpetual, slot: 2, priceWad: 60_000n * WAD, sizeWad: (3n * WAD) / 10n },
      ],
    ],
    attesterSet: () => some('5e'),
    riskManager: () => some('a5'),
    priceOf: (slot: number) =>
      slot === OWN_SLOT ? cached(own?.price ?? 0n, own?.ageS ?? 0) : cached(PRICES.get(slot) ?? 0n, 0),
    protocolsOf: () => [subject.protocol],
    linesOf: () => [1, 2],
    lineOf: (_account: string, id: number) => ({ amount: line(id).amount, unseasoned: 0n, seasonEnd: 0 }),
    weightsOf: (id: number) => line(id).weights,
    assetOf: (id: number) => {
      const { decimals, underlying } = line(id);
      return { terms: { decimals, underlying, ownPrice: id === 2 && own !== undefined ? OWN_SLOT : 0 } };
    },
  };
  const reader = {
    getBlockNumber: async () => subject.blockNumber + 10n,
    getBlock: async () => ({ number: subject.blockNumber, hash: subject.blockHash, timestamp: subject.asOf }),
    readContract: async ({ functionName, args = [] }: { functionName: string; args?: never[] }) =>
      views[functionName]?.(...args),
  } as unknown as PublicClient;
  const underlyings = ['USD', 'BTC', 'ETH'].map((symbol, at) => ({ id: at + 1, symbol }));
  const settlement = { ledger: some('1e'), lens: some('1f'), attesterSet: some('5e'), underlyings };
  const chain = { chainId: subject.chainId, finality: { rule: 'depth', depth: 2 } };
  return { reader, settlement, chain } as unknown as ComparedChain;
}

interface Written {
  book: {
    assets: Record<'usdc.alpha' | 'weth.alpha', Record<string, string>>;
    accounts: [{ lines: [Record<string, string>, Record<string, string>] }];
  };
}

async function differences(change: (written: Written) => void, own?: OwnPrice) {
  const written = JSON.parse(text) as Written;
  change(written);
  return await compareInputs(parseReportInputs(written), chainOf(own));
}

describe('inputs of a report beside the chain', () => {
  it('are as they stand there', async () => {
    expect(await differences(() => undefined)).toEqual([]);
  });

  it('name a token whose decimals are not the ledger’s, also where its units are', async () => {
    const found = await differences(({ book }) => {
      book.assets['weth.alpha']['decimals'] = '17';
      book.accounts[0].lines[1]['amount'] = '40';
    });
    expect(found).toEqual([{ field: 'inputs.book.assets.weth.alpha.decimals', seen: '17', expected: '18' }]);
  });

  it('name a token of another underlying', async () => {
    expect(await differences(({ book }) => (book.assets['usdc.alpha']['underlying'] = 'ETH'))).toEqual([
      { field: 'inputs.book.assets.usdc.alpha.underlying', seen: 'ETH of slot 3', expected: 'USD of slot 1' },
    ]);
  });

  const priced = (price: string) => (written: Written) => void (written.book.assets['weth.alpha']['price'] = price);
  const wrongPrice = [expect.objectContaining({ field: 'inputs.book.assets.weth.alpha.price' })];

  it('name a token with a price of its own that the ledger does not list', async () => {
    expect(await differences(priced('4000'))).toEqual(wrongPrice);
  });

  it.each<[name: string, right: string, own: OwnPrice]>([
    ['lower than its underlying’s', '2900', { price: 2_900n, ageS: 3_600 }],
    ['stale', '0', { price: 2_900n, ageS: 3_601 }],
    ['missing', '0', { price: 0n, ageS: Number(subject.asOf) }],
  ])('have the price of a token whose own is %s', async (_name, right, own) => {
    expect(await differences(priced(right), own)).toEqual([]);
    expect(await differences(() => undefined, own)).toEqual(wrongPrice);
    expect(await differences(priced('2901'), own)).toEqual(wrongPrice);
  });

  it('have the underlying’s price where a token’s own is above it', async () => {
    expect(await differences(() => undefined, { price: 3_001n, ageS: 0 })).toEqual([]);
    expect(await differences(priced('3001'), { price: 3_001n, ageS: 0 })).toEqual(wrongPrice);
  });
});
