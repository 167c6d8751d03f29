import { type Address, AppError, type Hex, type MarginReport, address } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ReportDesk, ReportPlace, SignedReport, SignedReportSource } from '../ports/margin-reports.js';
import type { LandOutcome } from '../ports/transactions.js';
import { FailingLoops } from '../running/failing-loops.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { accountNo, reportWords } from '../testing/report-words.js';
import { RECOVERIES_OF_SOURCE, REPORTS_SERVED_MAX, REPORT_RETRY_MS } from './limits.js';
import { type RelayReportsDeps, freshReportsMemory, relayReports, relayReportsOnce } from './relay-reports.js';

const verifier = address(`0x${'5e'.repeat(20)}`);
const members = ['1', '2', '3', '4'].map((digit) => address(`0x${digit.repeat(40)}`));
const [a, b, c, d] = members as [Address, Address, Address, Address];
const stranger = address(`0x${'9'.repeat(40)}`);
const landed = {
  kind: 'landed',
  txHash: accountNo(1) as string as never,
  height: 1n as never,
  gasUsed: 5n,
  feeWei: 6n,
};
const never = { initialWad: 0n, maintenanceWad: 0n, positionNonce: 0n, blockNumber: 0n, asOf: 0n, expiry: 0n };

let place: ReportPlace;
let outcome: LandOutcome | Error;
let usable: readonly Address[];
let posted: { report: MarginReport; signatures: Hex }[];
let reads: number;
let recoveries: number;
let epochsAsked: number;
let observer: RecordingObserver;
let clock: FakeClock;

beforeEach(() => {
  place = { time: 1_800n, taker: reportWords().reports, verifier, positionNonce: 4n, countsFrom: 4n, stored: never };
  outcome = landed as LandOutcome;
  usable = members;
  [posted, reads, recoveries, epochsAsked] = [[], 0, 0, 0];
  [observer, clock] = [new RecordingObserver(), new FakeClock()];
});

/** A signature that encodes its signer. */
const by = (signer: Address, change: Partial<MarginReport> = {}, at = verifier): SignedReport => ({
  report: reportWords(change),
  verifier: at,
  signature: `0x${signer.slice(2)}`,
});
const watcher = (...reports: SignedReport[]): SignedReportSource => ({ readReports: async () => reports });
const desk: ReportDesk = {
  verifier,
  recoverSigner: async ({ signature }) => {
    recoveries += 1;
    return signature.length === 42 ? address(signature) : undefined;
  },
  readSigners: async (epoch) => {
    epochsAsked += 1;
    return epoch === 1 ? { quorum: 3, usable } : undefined;
  },
  readPlace: async () => {
    reads += 1;
    return place;
  },
  submit: async (report, signatures) => {
    if (outcome instanceof Error) throw outcome;
    posted.push({ report, signatures });
    return outcome;
  },
  distrustProvider: () => {},
};
const deps = (...sources: SignedReportSource[]): RelayReportsDeps => ({
  protocols: [reportWords().protocol],
  refreshAfterS: 300n,
  sources,
  desk,
  clock,
  observer,
  pollIntervalMs: 1_000,
});
const pass = (sources: SignedReportSource[], memory = freshReportsMemory()) =>
  relayReportsOnce(deps(...sources), memory);
const byThree = (change: Partial<MarginReport> = {}) => [c, a, b].map((signer) => watcher(by(signer, change)));

describe('a relayer of reports', () => {
  it.each<[name: string, sources: () => SignedReportSource[]]>([
    ['two members', () => [watcher(by(a)), watcher(by(b))]],
    ['one member several times', () => [watcher(by(a), by(a)), watcher(by(a)), watcher(by(a))]],
    [
      'a third who says something else',
      () => [watcher(by(a)), watcher(by(b)), watcher(by(c, { inputsHash: accountNo(9) }))],
    ],
    ['a third who is no member', () => [watcher(by(a), by(b)), watcher(by(stranger))]],
    ['a third whose bytes are no signature', () => [watcher(by(a), by(b), { ...by(c), signature: '0x11' })]],
    ['an epoch that is not there', () => byThree({ epoch: 2 })],
    ['another verifier', () => [a, b, c].map((one) => watcher(by(one, {}, stranger)))],
    ['a protocol that nobody named', () => byThree({ protocol: stranger })],
  ])('posts nothing for %s', async (_name, sources) => {
    expect([await pass(sources()), posted, reads]).toEqual([[], [], 0]);
  });

  it('reads few epochs, and few reports of an account, whatever one watcher serves', async () => {
    const many = Array.from({ length: 50 }, (_, at) => at);
    const ofEpochs = many.map((epoch) => by(stranger, { epoch: epoch + 2, account: accountNo(epoch + 2) }));
    expect(await pass([watcher(...ofEpochs), ...byThree()])).toHaveLength(1);
    expect(epochsAsked).toBe(4);
    // Everything that k members signed long ago, served by one watcher.
    place = { ...place, stored: { ...never, blockNumber: 99n } };
    reads = 0;
    const old = many.flatMap((at) => [a, b, c].map((one) => by(one, { blockNumber: BigInt(at) })));
    expect(await pass([watcher(...old)])).toEqual([]);
    expect(reads).toBeLessThanOrEqual(1);
  });

  it('recovers few signatures of one watcher per pass, and each once', async () => {
    const memory = freshReportsMemory();
    const forged = Array.from({ length: 2 * REPORTS_SERVED_MAX }, (_, at) => ({
      ...by(stranger, { account: accountNo(at + 2) }),
      signature: '0x11' as Hex,
    }));
    const sources = [watcher(...forged), ...byThree()];
    expect(await pass(sources, memory)).toHaveLength(1);
    expect(recoveries).toBe(RECOVERIES_OF_SOURCE + 3);
    for (let next = 1; next < 10; next++) await pass(sources, memory);
    expect(recoveries).toBe(REPORTS_SERVED_MAX + 3);
  });

  it('excludes a suspended member', async () => {
    usable = [a, b, d];
    expect(await pass(byThree())).toEqual([]);
    expect(await pass([...byThree(), watcher(by(d))])).toHaveLength(1);
    expect(posted[0]?.signatures).toBe(`0x${[a, b, d].map((one) => one.slice(2)).join('')}`);
  });

  it('posts what k members signed identically, ascending by signer and no more than k, and reports the cost', async () => {
    const silent: SignedReportSource = { readReports: () => Promise.reject(new Error('away')) };
    await pass([silent, watcher(by(d)), ...byThree()]);
    expect(posted).toMatchObject([{ report: { blockNumber: 100n } }]);
    expect(posted[0]?.signatures).toHaveLength(2 + 3 * 40);
    expect(observer.named('report-posted')).toMatchObject([{ fields: { gas_used: 5n, fee_wei: 6n } }]);
  });

  it('posts again only a report newer by the threshold, or once the stored one ended or the position changed', async () => {
    const stored = { ...never, positionNonce: 4n, blockNumber: 90n, asOf: 701n, expiry: 1_801n };
    const once = async (change: Partial<ReportPlace['stored']>) => {
      place = { ...place, stored: { ...stored, ...change } };
      return (await pass(byThree())).length;
    };
    expect(await once({})).toBe(0);
    expect(await once({ asOf: 700n })).toBe(1);
    expect(await once({ expiry: 1_800n })).toBe(1);
    expect(await once({ positionNonce: 3n })).toBe(1);
    // Of the same position as the stored one, though both know less than the account has traded.
    place = { ...place, positionNonce: 9n };
    expect([await once({}), await once({ asOf: 700n })]).toEqual([0, 1]);
  });

  it('posts one that was not due when the stored one ends, in case there is no newer one', async () => {
    place = { ...place, stored: { ...never, positionNonce: 4n, blockNumber: 90n, asOf: 701n, expiry: 1_830n } };
    const memory = freshReportsMemory();
    expect([await pass(byThree(), memory), await pass(byThree(), memory), reads]).toEqual([[], [], 1]);
    place = { ...place, time: 1_830n };
    await clock.advance(30_000);
    expect(await pass(byThree(), memory)).toHaveLength(1);
  });

  it('falls back to an older report if the newest is incomplete or of another position, and checks each once', async () => {
    place = { ...place, positionNonce: 3n, countsFrom: 3n };
    const old = byThree({ blockNumber: 90n, positionNonce: 3n });
    const memory = freshReportsMemory();
    const sources = [...old, ...byThree(), watcher(by(a, { blockNumber: 110n }))];
    expect(await pass(sources, memory)).toMatchObject([{ blockNumber: 90n }]);
    expect([reads, recoveries]).toEqual([2, 7]);
    await pass(sources, memory);
    expect([reads, recoveries]).toEqual([2, 7]);
    await clock.advance(REPORT_RETRY_MS);
    await pass(sources, memory);
    expect(reads).toBe(3);
    await pass([], memory);
    expect([memory.signers.size, memory.rests.size]).toEqual([0, 0]);
  });

  it('waits until a report would not be valid for too long', async () => {
    place = { ...place, time: 1_760n };
    const memory = freshReportsMemory();
    expect(await pass(byThree(), memory)).toEqual([]);
    place = { ...place, time: 1_768n };
    await clock.advance(7_999);
    expect(await pass(byThree(), memory)).toEqual([]);
    await clock.advance(1);
    expect(await pass(byThree(), memory)).toHaveLength(1);
  });

  it('continues with other accounts if one fails or is refused, but ends the pass if all would', async () => {
    const other = [a, b, c].map((one) => watcher(by(one), by(one, { account: accountNo(2) })));
    outcome = { kind: 'refused', name: 'ReportExpired', detail: '' };
    expect(await pass(other)).toEqual([]);
    expect(posted).toHaveLength(2);
    expect(observer.named('report-refused')).toHaveLength(2);
    outcome = new Error('a surprise');
    expect(await pass(other)).toEqual([]);
    expect(observer.named('reports-failed')).toHaveLength(2);
    outcome = new AppError({ code: 'BUDGET_SPENT', message: 'today is over', retryable: true });
    await expect(pass(other)).rejects.toMatchObject({ code: 'BUDGET_SPENT' });
  });

  it('continues after a failure, and ends on another chain', async () => {
    const stopping = new AbortController();
    const failingLoops = new FailingLoops(clock);
    outcome = new AppError({ code: 'BUDGET_SPENT', message: 'today is over', retryable: true });
    const running = relayReports({ ...deps(...byThree()), failingLoops }, stopping.signal);
    await clock.advance(60_000);
    expect(
      observer
        .named('reports-failed')
        .map(({ level }) => level)
        .slice(0, 2),
    ).toEqual(['warn', 'debug']);
    outcome = landed as LandOutcome;
    await clock.advance(10_000);
    expect(posted).toHaveLength(1);
    stopping.abort();
    await running;
    outcome = new AppError({ code: 'CHAIN_MISMATCH', message: 'another chain' });
    const again = relayReports({ ...deps(...byThree()), failingLoops }, new AbortController().signal);
    await expect(again).rejects.toMatchObject({ code: 'CHAIN_MISMATCH' });
  });
});
