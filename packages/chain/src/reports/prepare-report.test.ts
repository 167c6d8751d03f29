import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { address } from '@surety/domain';
import { parseReportInputs } from '@surety/margin';
import { describe, expect, it } from 'vitest';
import { type FakeReportChain, fakeReportChain } from '../testing/fake-report-chain.js';
import { prepareReport } from './prepare-report.js';
import type { ReportChain } from './report-chain.js';

const example = fileURLToPath(new URL('../../../../packages/margin/examples/report-inputs.json', import.meta.url));
const written = JSON.parse(readFileSync(example, 'utf8')) as {
  book: { underlyings: Record<string, { market: object }> };
};
const { subject } = parseReportInputs(written);
const market = (name: string): Record<string, unknown> => ({ ...written.book.underlyings[name]?.market });
const markets = { BTC: market('BTC'), ETH: market('ETH') };
const [member, stranger] = ['01', '09'].map((pair) => address(`0x${pair.repeat(20)}`)) as [
  typeof subject.reports,
  typeof subject.reports,
];
const away = { reader: { getBlockNumber: () => Promise.reject(new Error('away')) } } as unknown as ReportChain;

/** Time passes once nobody has anything to say. */
const clock = { sleep: () => new Promise<void>((wake) => setImmediate(wake)) };
/** A provider that never answers. */
const silent = { reader: new Proxy({}, { get: () => () => new Promise(() => undefined) }) } as unknown as ReportChain;

const prepared = (changes: readonly (FakeReportChain | 'silent' | undefined)[], signer = member, own = markets) =>
  prepareReport(
    { ...subject, markets: own },
    {
      finalityS: 768n,
      signer,
      clock,
      places: changes.map((change) => {
        if (change === 'silent') return { ...fakeReportChain(subject), ...silent };
        return change === undefined ? { ...fakeReportChain(subject), ...away } : fakeReportChain(subject, change);
      }),
    },
  );
const differs = (message: RegExp) => ({ code: 'REPORT_DIFFERS', message: expect.stringMatching(message) as string });

describe('a report ready to be signed', () => {
  it.each<[name: string, lie: FakeReportChain, message: RegExp]>([
    ['a price', { own: { price: 2_900n, ageS: 0 } }, /assets\.asset-2\.price/],
    ['how much of a short asset counts', { coverageWad: 10n ** 17n }, /lines\[1\]\.amount/],
    ['what is owed', { owedWad: 1n }, /accounts\[0\]\.owed/],
    ['the weights', { weights: { sourceI: 1, sourceM: 1, freshI: 0, freshM: 1 } }, /weights of asset-1/],
    ['how many protocols the account has', { protocols: 2 }, /lines is 2 lines; expected none/],
    ['the epoch', { epoch: 2 }, /report\.epoch is 1; expected 2/],
  ])('is refused if one provider disagrees on %s', async (_name, lie, message) => {
    await expect(prepared([{}, {}, {}, lie])).rejects.toMatchObject(differs(message));
  });

  it('is refused if the first provider hides hedging collateral, or one hides that other protocols rely on it', async () => {
    const two = { protocols: 2 };
    await expect(prepared([two, {}, {}, {}])).rejects.toMatchObject(
      differs(/accounts\[0\]\.lines is none; expected 1, 2/),
    );
    const whole = await prepared([{}]);
    const unhedged = await prepared([two]);
    expect(Number(unhedged?.report.maintenanceWad) > 2 * Number(whole?.report.maintenanceWad)).toBe(true);
  });

  it('is refused if the key is not a member, or fewer than a quorum of providers answer', async () => {
    await expect(prepared([{}], stranger)).rejects.toMatchObject(differs(/signatures\[0\]\.signer is 0x0909/));
    await expect(prepared([{}, {}, undefined, undefined])).rejects.toMatchObject({
      code: 'NO_QUORUM',
      message: expect.stringContaining('2 of 4 providers of chain 900 compared the report; expected 3') as string,
    });
    await expect(prepared([undefined])).rejects.toThrow('away');
    await expect(prepared([])).rejects.toMatchObject({ code: 'NO_QUORUM' });
  });

  it('is the same for every member, whichever providers are silent, and ends by the chain’s rule', async () => {
    const whole = await prepared([{}, {}, {}, {}]);
    const [part, other] = [
      await prepared([undefined, {}, {}, {}]),
      await prepared([{}], address(`0x${'02'.repeat(20)}`)),
    ];
    expect([part?.report, other?.report]).toEqual([whole?.report, whole?.report]);
    expect(whole?.report).toMatchObject({ epoch: 1, expiry: subject.asOf + 768n + 900n });
    const otherwise = { ...markets, ETH: { ...markets.ETH, dailyVol: '0.0450001' } };
    expect((await prepared([{}], member, otherwise))?.report.inputsHash).not.toBe(whole?.report.inputsHash);
  });

  it('does not wait for a provider that is slower than a quorum', async () => {
    const whole = await prepared([{}, {}, {}, {}]);
    expect((await prepared(['silent', {}, {}, {}]))?.report).toEqual(whole?.report);
    expect((await prepared([{}, {}, {}, 'silent']))?.report).toEqual(whole?.report);
    const none = { positions: [] };
    expect(await prepared([none, 'silent', none, none])).toBeUndefined();
    await expect(prepared(['silent', {}, {}, { epoch: 2 }])).rejects.toMatchObject(differs(/report\.epoch/));
  });

  it('is undefined for an account without a position, if a quorum agrees', async () => {
    const none = { positions: [] };
    expect(await prepared([none, none, none, {}])).toBeUndefined();
    await expect(prepared([none, {}, {}, {}])).rejects.toMatchObject(differs(/positions/));
  });
});
