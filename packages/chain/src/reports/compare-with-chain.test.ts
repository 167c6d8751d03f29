import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseReportInputs } from '@surety/margin';
import { describe, expect, it } from 'vitest';
import { type FakeReportChain, fakeReportChain } from '../testing/fake-report-chain.js';
import { compareInputs } from './compare-with-chain.js';

const example = fileURLToPath(new URL('../../../../packages/margin/examples/report-inputs.json', import.meta.url));
const text = readFileSync(example, 'utf8');
const { subject } = parseReportInputs(JSON.parse(text));
interface Written {
  book: {
    assets: Record<'usdc.alpha' | 'weth.alpha', Record<string, string>>;
    underlyings: Record<'ETH', Record<string, unknown>>;
    accounts: [{ lines: [Record<string, string>, Record<string, string>] }];
  };
}

async function differences(change: (written: Written) => void, chain: FakeReportChain = {}) {
  const written = JSON.parse(text) as Written;
  change(written);
  return await compareInputs(parseReportInputs(written), fakeReportChain(subject, chain));
}

describe('inputs of a report beside the chain', () => {
  it('agree with the chain they were read from', async () => {
    expect(await differences(() => undefined)).toEqual([]);
  });

  it('differ by a token whose decimals are not the ledger’s, and therefore by its units', async () => {
    const found = await differences(({ book }) => {
      book.assets['weth.alpha']['decimals'] = '17';
      book.accounts[0].lines[1]['amount'] = '40';
    });
    expect(found).toEqual([{ field: 'inputs.book.assets.weth.alpha.decimals', seen: '17', expected: '18' }]);
  });

  it('differ by a token of another underlying', async () => {
    expect(await differences(({ book }) => (book.assets['usdc.alpha']['underlying'] = 'ETH'))).toEqual([
      { field: 'inputs.book.assets.usdc.alpha.underlying', seen: 'ETH of slot 3', expected: 'USD of slot 1' },
    ]);
  });

  it('differ by units of a short asset that its coverage does not count', async () => {
    const short = { coverageWad: 10n ** 17n };
    const counted = (amount: string) => (written: Written) =>
      void (written.book.accounts[0].lines[1]['amount'] = amount);
    expect(await differences(counted('4'), short)).toEqual([
      {
        field: 'inputs.book.accounts[0].lines[1].amount',
        seen: String(4n * 10n ** 18n),
        expected: String(4n * 10n ** 17n),
      },
    ]);
    expect(await differences(counted('0.4'), short)).toEqual([]);
  });

  const priced = (price: string) => (written: Written) => void (written.book.assets['weth.alpha']['price'] = price);
  const wrongPrice = [expect.objectContaining({ field: 'inputs.book.assets.weth.alpha.price' })];

  it('differ by a token with its own price that the ledger does not list', async () => {
    expect(await differences(priced('4000'))).toEqual(wrongPrice);
  });

  it.each<[name: string, right: string, own: NonNullable<FakeReportChain['own']>]>([
    ['lower than its underlying’s', '2900', { price: 2_900n, ageS: 3_600 }],
    ['stale', '0', { price: 2_900n, ageS: 3_601 }],
    ['missing', '0', { price: 0n, ageS: Number(subject.asOf) }],
  ])('contain the right price of a token whose own price is %s', async (_name, right, own) => {
    expect(await differences(priced(right), { own })).toEqual([]);
    expect(await differences(() => undefined, { own })).toEqual(wrongPrice);
    expect(await differences(priced('2901'), { own })).toEqual(wrongPrice);
  });

  it('differ by an age that a price slot does not allow, and may leave that age out', async () => {
    const allowed = (maxAgeS: string) => (written: Written) => void (written.book.underlyings.ETH['maxAgeS'] = maxAgeS);
    expect(await differences(allowed('3600'))).toEqual([]);
    expect(await differences(allowed('90000'))).toEqual([
      { field: 'inputs.book.underlyings.ETH.maxAgeS', seen: '90000', expected: '3600' },
    ]);
  });

  it('contain the underlying’s price if a token’s own is higher', async () => {
    const own = { price: 3_001n, ageS: 0 };
    expect(await differences(() => undefined, { own })).toEqual([]);
    expect(await differences(priced('3001'), { own })).toEqual(wrongPrice);
  });
});
