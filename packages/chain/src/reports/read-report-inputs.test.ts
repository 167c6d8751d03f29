import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { keccak256 } from '@surety/contracts';
import { marginReportOf, parseReportInputs } from '@surety/margin';
import fc from 'fast-check';
import { ContractFunctionRevertedError, HttpRequestError, formatUnits } from 'viem';
import { describe, expect, it } from 'vitest';
import { type FakeReportChain, FULL_WEIGHTS, fakeReportChain } from '../testing/fake-report-chain.js';
import { compareInputs } from './compare-with-chain.js';
import { compareMarkets } from './markets.js';
import { type WrittenInputs, readReportInputs } from './read-report-inputs.js';

const example = fileURLToPath(new URL('../../../../packages/margin/examples/report-inputs.json', import.meta.url));
const written = JSON.parse(readFileSync(example, 'utf8')) as {
  book: { underlyings: Record<string, { market: object }> };
};
const { subject } = parseReportInputs(written);
const WAD = 10n ** 18n;
const EXPIRY = Number(subject.asOf) + 86_400;
const markets = {
  BTC: { ...written.book.underlyings['BTC']?.market },
  ETH: { ...written.book.underlyings['ETH']?.market },
};
const december = { expiresAt: String(EXPIRY), forward: '3010', vol: '0.6' };
const withExpiry = { ...markets, ETH: { ...markets.ETH, expiries: { december } } };
const call = { kind: 1, expiry: EXPIRY, slot: 3, priceWad: 3_200n * WAD, sizeWad: -2n * WAD };

const read = (change: FakeReportChain = {}, own: object = markets, blockNumber?: bigint): Promise<WrittenInputs> =>
  readReportInputs(
    { ...subject, markets: own as typeof markets, ...(blockNumber === undefined ? {} : { blockNumber }) },
    fakeReportChain(subject, change),
  );

async function differences(change: FakeReportChain, own: object = markets) {
  const inputs = await read(change, own);
  const found = await compareInputs(parseReportInputs(inputs), fakeReportChain(subject, change));
  return [...found, ...compareMarkets(inputs, own as typeof markets)];
}

const book = ({ book: of }: WrittenInputs) =>
  of as { accounts: [{ lines: { amount: string }[]; options: { expiry: string }[] }]; underlyings: object };

describe('inputs of a report, built from the chain', () => {
  it('require a final block, a protocol with positions, and an account that has one', async () => {
    const newest = subject.blockNumber + 9n;
    await expect(read({}, markets, newest)).rejects.toMatchObject({ code: 'NOT_FINAL', retryable: true });
    const protocolFails = new ContractFunctionRevertedError({ abi: [], functionName: 'reports' });
    await expect(read({ protocolFails })).rejects.toMatchObject({ code: 'NO_REPORTS', retryable: false });
    const away = new HttpRequestError({ url: 'http://127.0.0.1' });
    await expect(read({ protocolFails: away })).rejects.toBe(away);
    await expect(read({ positions: [] })).rejects.toMatchObject({ code: 'NOTHING_TO_REPORT' });
    expect(await differences({ positions: [], owedWad: 5n })).toEqual([]);
  });

  it.each<[name: string, own: object, change: FakeReportChain, reason: RegExp]>([
    ['a market', { ETH: markets.ETH }, {}, /nothing of BTC, which an account trades/],
    ['a symbol of a slot', markets, { positions: [{ ...call, kind: 0, slot: 8 }] }, /slot 8 has no symbol/],
    ['a settlement that is listed', { ...markets, ETH: { ...markets.ETH, settlement: 'EUR' } }, {}, /settles in EUR/],
    ['an expiry', markets, { positions: [call] }, /no expiry of ETH at \d+; expected "expiries"/],
    ['an expiry to come', withExpiry, { positions: [{ ...call, expiry: 1_799_999_999 }] }, /ended at 1799999999/],
  ])('name %s that is missing', async (_name, own, change, reason) => {
    await expect(read(change, own)).rejects.toMatchObject({ code: 'MARKET_MISSING', message: reason });
  });

  it('match the chain for any lines, positions, prices and weights that a book can express', async () => {
    const freshness = fc.oneof(
      fc.constant({ freshI: 1_000_000, freshM: 1_000_000 }),
      fc.integer({ min: 5_401, max: 21_600 }).map((age) => ({
        freshI: Math.floor((1_000_000 * (21_600 - age)) / 16_200),
        freshM: 1_000_000,
      })),
      fc.integer({ min: 500_000, max: 1_000_000 }).map((freshM) => ({ freshI: 0, freshM })),
    );
    const change = fc.record({
      own: fc.option(
        fc.record({ price: fc.bigInt({ min: 0n, max: 4_000n }), ageS: fc.integer({ min: 0, max: 4_000 }) }),
      ),
      weights: freshness.map((fresh) => ({ ...FULL_WEIGHTS, ...fresh })),
      owedWad: fc.bigInt({ min: 0n, max: 10n ** 24n }),
      protocols: fc.integer({ min: 1, max: 2 }),
      unseasoned: fc.bigInt({ min: 0n, max: 5n * WAD }),
      coverageWad: fc.bigInt({ min: 0n, max: WAD }),
      confPpm: fc.integer({ min: 0, max: 10_000 }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ own, ...rest }) => {
        expect(await differences({ ...rest, ...(own === null ? {} : { own }) })).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('leave out lines that another protocol relies on, and the unseasoned part of a line', async () => {
    expect(book(await read({ protocols: 2 })).accounts[0].lines).toEqual([]);
    const { lines } = book(await read({ unseasoned: WAD })).accounts[0];
    expect(lines.map(({ amount }) => amount)).toEqual(['0', '3']);
  });

  it('counts a line of a short asset by its coverage', async () => {
    const short = { coverageWad: WAD / 10n };
    const inputs = await read(short);
    expect(book(inputs).accounts[0].lines.map(({ amount }) => amount)).toEqual(['20000', '0.4']);
    expect(await differences(short)).toEqual([]);
    const required = async (change: FakeReportChain): Promise<string> => {
      const { maintenanceWad } = marginReportOf(parseReportInputs(await read(change)), keccak256);
      return Number(formatUnits(maintenanceWad, 18)).toFixed(2);
    };
    // By its units the hedge would cover what it has no tokens for.
    expect([await required({}), await required(short)]).toEqual(['3113.43', '6606.15']);
  });

  it('name an option by the expiry in the signer’s file, whose seconds are counted from the block', async () => {
    const inputs = await read({ positions: [call] }, withExpiry);
    expect(book(inputs).accounts[0].options).toMatchObject([{ expiry: 'december', strike: '3200', type: 'call' }]);
    expect(JSON.stringify(inputs)).toContain('"secondsToExpiry":"86400"');
    expect(await differences({ positions: [call] }, withExpiry)).toEqual([]);
    const otherwise = {
      ...withExpiry,
      ETH: { ...withExpiry.ETH, expiries: { december: { ...december, vol: '0.7' } } },
    };
    expect(compareMarkets(inputs, otherwise)).toHaveLength(1);
    const gone = { ...december, expiresAt: '1' };
    const more = { ...withExpiry, ETH: { ...withExpiry.ETH, expiries: { december, gone } } };
    expect(compareMarkets(inputs, more)).toEqual([]);
    expect(() => compareMarkets(inputs, { ETH: { expiries: { december: { expiresAt: 5 } } } })).toThrow(
      /expiresAt is 5/,
    );
  });

  it('have the same hash for any order of a protocol’s positions', async () => {
    const perpetual = { ...call, kind: 0, expiry: 0 };
    const positions = [call, { ...call, kind: 2 }, perpetual, { ...perpetual, slot: 2 }, { ...call, priceWad: WAD }];
    const hashOf = async (told: readonly object[]) =>
      marginReportOf(parseReportInputs(await read({ positions: told }, withExpiry)), keccak256).inputsHash;
    expect(await hashOf(positions.toReversed())).toBe(await hashOf(positions));
    expect(await hashOf(positions.slice(1))).not.toBe(await hashOf(positions));
  });

  it('cannot express a source weight below a half: the comparison shows it', async () => {
    const weights = { ...FULL_WEIGHTS, freshI: 0, freshM: 400_000 };
    expect((await differences({ weights })).map(({ field }) => field)).toContain(
      'inputs.book weights of asset-1 for maintenance',
    );
  });
});
