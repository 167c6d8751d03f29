import { type Address, AppError, type Bytes32, address } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MadeReport, ReportMaker, ReportOrder } from '../ports/report-maker.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { accountNo, reportWords } from '../testing/report-words.js';
import { REPORTS_OF_ACCOUNT, REPORTS_SERVED_MAX, REPORT_FILES_MAX, REPORT_LOOK_MS } from './limits.js';
import {
  type MakeReportsDeps,
  type MakingMemory,
  type ReportTrouble,
  makeReports,
  makeReportsOnce,
} from './make-reports.js';
import { ReportShelf } from './report-shelf.js';

const [first, second] = ['b1', 'b2'].map((pair) => address(`0x${pair.repeat(20)}`)) as [Address, Address];
const signal = new AbortController().signal;
let final: { height: bigint; timestamp: bigint };
let accounts: Map<Address, readonly Bytes32[] | Error>;
let without: Set<Bytes32>;
let failing: Map<Bytes32, Error>;
let asked: ReportOrder[];
let shelf: ReportShelf;
let observer: RecordingObserver;
let clock: FakeClock;
let troubles: readonly ReportTrouble[];
let refused: { code: string } | undefined;

beforeEach(() => {
  final = { height: 107n, timestamp: 1_000n };
  accounts = new Map([[first, [accountNo(1), accountNo(2)]]]);
  [without, failing, asked] = [new Set(), new Map(), []];
  [shelf, observer, clock] = [new ReportShelf(), new RecordingObserver(), new FakeClock()];
  [troubles, refused] = [[], undefined];
});

const made = (order: Partial<ReportOrder> & { expiry?: bigint }): MadeReport => ({
  report: reportWords(order),
  verifier: address(`0x${'5e'.repeat(20)}`),
  signer: first,
  signature: '0x12',
  inputs: {},
});
const maker: ReportMaker = {
  readFinal: async () => final,
  readAccounts: async (protocol) => {
    const found = accounts.get(protocol) ?? [];
    if (found instanceof Error) throw found;
    return found;
  },
  makeReport: async (order) => {
    asked.push(order);
    const failure = failing.get(order.account);
    if (failure !== undefined) throw failure;
    return without.has(order.account) ? undefined : made(order);
  },
};
const deps = (): MakeReportsDeps => ({
  protocols: [first, second],
  everyBlocks: 10n,
  maker,
  shelf,
  refusal: () => refused,
  clock,
  observer,
  onTroubles: (next) => void (troubles = next),
});
const pass = (memory: MakingMemory = new Map()) => makeReportsOnce(deps(), memory, signal);
const served = () => shelf.list().map(({ report }) => [report.account, report.blockNumber]);

describe('a watcher that makes reports', () => {
  it('signs nothing while its key is refused', async () => {
    refused = { code: 'HISTORY_OLDER' };
    expect(await pass()).toMatchObject([{ code: 'HISTORY_OLDER' }]);
    expect(asked).toEqual([]);
  });

  it('stops in the middle of a pass once its key is refused', async () => {
    const refusal = () => (asked.length > 0 ? { code: 'HISTORY_OLDER' } : undefined);
    await makeReportsOnce({ ...deps(), refusal }, new Map(), signal);
    expect(asked).toHaveLength(1);
  });

  it('makes one per account at a block of the grid, and none without a position', async () => {
    accounts.set(second, [accountNo(3)]);
    without.add(accountNo(2));
    expect(await pass()).toEqual([]);
    expect(served()).toEqual([
      [accountNo(1), 100n],
      [accountNo(3), 100n],
    ]);
  });

  it('makes some at the same time, so that one that waits for a slow provider delays no other', async () => {
    const numbers = Array.from({ length: 9 }, (_, at) => at + 1);
    accounts.set(first, numbers.map(accountNo));
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const makeReport: ReportMaker['makeReport'] = async (order, ending) => {
      if (order.account === accountNo(1)) await slow;
      if (order.account === accountNo(9)) release();
      return maker.makeReport(order, ending);
    };
    expect(await makeReportsOnce({ ...deps(), maker: { ...maker, makeReport } }, new Map(), signal)).toEqual([]);
    expect(served()).toHaveLength(9);
    expect(asked.at(-1)).toMatchObject({ account: accountNo(1) });
  });

  it('makes it once, with or without a position, until a newer block of the grid is final', async () => {
    without.add(accountNo(2));
    const memory: MakingMemory = new Map();
    await pass(memory);
    final = { height: 109n, timestamp: 1_002n };
    await pass(memory);
    expect(asked).toHaveLength(2);
    final = { height: 110n, timestamp: 1_003n };
    await pass(memory);
    expect(asked.map(({ blockNumber }) => blockNumber)).toEqual([100n, 100n, 110n, 110n]);
  });

  it('retries failures, and continues with the other accounts and protocols', async () => {
    accounts.set(first, new AppError({ code: 'UNAVAILABLE', message: 'no logs' }));
    accounts.set(second, [accountNo(3), accountNo(4)]);
    failing.set(accountNo(3), new Error('a surprise'));
    const memory: MakingMemory = new Map();
    expect(await pass(memory)).toEqual([
      { code: 'UNAVAILABLE', detail: 'no logs', protocol: first },
      { code: 'UNEXPECTED', detail: 'a surprise', protocol: second, account: accountNo(3) },
    ]);
    failing.clear();
    await clock.advance(REPORT_LOOK_MS);
    await pass(memory);
    expect(served().map(([account]) => account)).toEqual([accountNo(4), accountNo(3)]);
  });

  it('retries a repeated failure with growing pauses, reports it meanwhile, and retries at once at a newer block', async () => {
    accounts.set(first, [accountNo(1)]);
    failing.set(accountNo(1), new AppError({ code: 'MARKET_MISSING', message: 'no such expiry' }));
    const memory: MakingMemory = new Map();
    for (let look = 0; look < 150; look += 1) {
      expect(await pass(memory)).toMatchObject([{ code: 'MARKET_MISSING', account: accountNo(1) }]);
      await clock.advance(REPORT_LOOK_MS);
    }
    expect(asked.length).toBeLessThanOrEqual(9);
    final = { height: 110n, timestamp: 1_300n };
    asked = [];
    await pass(memory);
    await clock.advance(REPORT_LOOK_MS);
    await pass(memory);
    expect(asked).toHaveLength(2);
  });

  it('reports a trouble once, and again after it was resolved', async () => {
    const stopping = new AbortController();
    failing.set(accountNo(1), new AppError({ code: 'REPORT_DIFFERS', message: 'price' }));
    const running = makeReports(deps(), stopping.signal);
    await clock.advance(3 * REPORT_LOOK_MS);
    const levels = () => observer.named('report-unsigned').map(({ level }) => level);
    expect(levels().slice(0, 3)).toEqual(['warn', 'debug', 'debug']);
    expect(troubles).toMatchObject([{ code: 'REPORT_DIFFERS', account: accountNo(1) }]);
    failing.clear();
    await clock.advance(4 * REPORT_LOOK_MS);
    expect(troubles).toEqual([]);
    failing.set(accountNo(1), new AppError({ code: 'REPORT_DIFFERS', message: 'price' }));
    final = { height: 110n, timestamp: 1_010n };
    await clock.advance(REPORT_LOOK_MS);
    expect(levels().filter((level) => level === 'warn')).toHaveLength(2);
    stopping.abort();
    await running;
  });
});

describe('the served reports', () => {
  it('include the newest few of each account, one per block, while they are valid', () => {
    for (const block of [10n, 20n, 20n, 30n, 40n]) shelf.put(made({ blockNumber: block, expiry: block + 5n }));
    expect(served().map(([, block]) => block)).toEqual([20n, 30n, 40n]);
    expect(shelf.list()).toHaveLength(REPORTS_OF_ACCOUNT);
    shelf.expire(34n);
    expect(served().map(([, block]) => block)).toEqual([30n, 40n]);
    shelf.expire(45n);
    expect(served()).toEqual([]);
  });

  it('are limited in number, keeping the most recent accounts', () => {
    for (let number = 0; number <= REPORTS_SERVED_MAX; number++) shelf.put(made({ account: accountNo(number) }));
    expect(served()).toHaveLength(REPORTS_SERVED_MAX);
    expect(served().at(-1)).toEqual([accountNo(REPORTS_SERVED_MAX), 100n]);
    shelf.put(made({ account: accountNo(REPORTS_SERVED_MAX), blockNumber: 110n }));
    const files = shelf.listNewest().map(({ report }) => report);
    expect(files).toHaveLength(REPORT_FILES_MAX);
    expect(files.at(-1)).toMatchObject({ account: accountNo(REPORTS_SERVED_MAX), blockNumber: 110n });
  });

  it('hold no more accounts than are served', () => {
    for (let number = 0; number <= REPORTS_SERVED_MAX; number++) shelf.put(made({ account: accountNo(number) }));
    for (let number = 2; number <= REPORTS_SERVED_MAX; number++)
      shelf.put(made({ account: accountNo(number), expiry: 9n }));
    shelf.expire(9n);
    expect(served()).toEqual([[accountNo(1), 100n]]);
  });
});
