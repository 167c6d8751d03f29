import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { collateralLedgerAbi, marginReportsAbi, perpetualBookAbi } from '@surety/contracts';
import {
  type Devnet,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  awaitReadiness,
  lockTokens,
  startDevnet,
  waitUntil,
} from '@surety/devnet';
import { type Address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actOnSettlement, openPerpetualBook, tradePerpetual } from './perpetual-book.js';
import { runSurety } from './run-surety.js';

const ALPHA = 901;
const WITHIN_MS = 150_000;
const [BTC, ETH] = [2, 3];
const WAD = 10n ** 18n;
const larger = (left: bigint, right: bigint): bigint => (left > right ? left : right);
const MARKET = { settlement: 'USD', dailyVolume: '300000', dailyVol: '0.04' };
const folder = mkdtempSync(path.join(tmpdir(), 'surety-own-reports-'));
const account = accountOf('alice');
let devnet: Devnet;
let reader: PublicClient;
let reports: Address;
let book: Address;

beforeAll(async () => {
  devnet = await startDevnet({ directory: folder, blockSeconds: 1, attesters: 4 });
  reader = devnet.network.readers.get(SETTLEMENT_CHAIN_ID) as PublicClient;
  const { ledger, marginReports } = devnet.network.plan.settlement;
  reports = marginReports;
  book = await openPerpetualBook(devnet.network);
  const taking = { address: book, abi: perpetualBookAbi, functionName: 'takeReports', args: [account, true] } as const;
  await actOnSettlement(devnet.network, 'alice', taking);
  await startProcesses();
  await lockTokens(devnet.network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: 60_000n * 1_000_000n });
  await lockTokens(devnet.network, { chainId: ALPHA, by: 'alice', asset: 'WETH', units: 4n * WAD });
  const view = { address: ledger, abi: collateralLedgerAbi, functionName: 'linesOf', args: [account] } as const;
  const probe = async () => (await reader.readContract(view)).length === 2 || undefined;
  await waitUntil({ what: 'the credit of alice', withinMs: WITHIN_MS, probe });
}, 400_000);
afterAll(async () => {
  await devnet?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Four watchers, of whom the last two have false volatilities, and a relayer that asks them all. */
async function startProcesses(): Promise<void> {
  await awaitReadiness(await devnet.start('aggregator'), WITHIN_MS);
  const own = { SURETY_REPORT_PROTOCOLS: book, SURETY_REPORT_INTERVAL_S: '10' };
  for (const [at, vol] of ['0.04', '0.04', '0.05', '0.0400001'].entries()) {
    const file = writeMarkets(at + 1, vol);
    await devnet.start('watcher', at + 1, { ...own, SURETY_REPORT_MARKETS_FILE: file });
  }
  const watchers = [1, 2, 3, 4].map((number) => devnet.running('watcher', number)?.announced ?? '');
  const relayer = await devnet.start('relayer', 1, {
    SURETY_WATCHER_URLS: watchers.join(','),
    SURETY_REPORT_PROTOCOLS: book,
    SURETY_REPORT_REFRESH_S: '600',
    SURETY_LOG_LEVEL: 'debug',
  });
  await awaitReadiness(relayer, WITHIN_MS);
}

function writeMarkets(number: number, dailyVol: string): string {
  const file = path.join(folder, `markets-${number}.json`);
  writeFileSync(file, JSON.stringify({ BTC: MARKET, ETH: { ...MARKET, dailyVol } }));
  return file;
}

const trade = (slot: number, sizeWad: bigint): Promise<bigint> =>
  tradePerpetual(devnet.network, book, { slot, sizeWad });

async function requiredAt(blockNumber?: bigint): Promise<readonly [initial: bigint, maintenance: bigint]> {
  const view = { address: book, abi: perpetualBookAbi, functionName: 'requirementOf', args: [account] } as const;
  const [initial, maintenance] = await reader.readContract({
    ...view,
    ...(blockNumber === undefined ? {} : { blockNumber }),
  });
  return [initial, maintenance];
}

const storedReport = () =>
  reader.readContract({ address: reports, abi: marginReportsAbi, functionName: 'reportOf', args: [book, account] });

/** A report as a watcher serves it, numbers as text. */
type Served = Readonly<Record<'positionNonce' | 'blockNumber' | 'inputsHash', string>>;

/** What a watcher serves about a position, newest last. */
async function servedBy(number: number, positionNonce: number): Promise<Served[]> {
  const answer = await fetch(`${devnet.running('watcher', number)?.announced}/v1/reports`);
  const { reports: served } = (await answer.json()) as { reports: { report: Served }[] };
  return served.map(({ report }) => report).filter((report) => report.positionNonce === String(positionNonce));
}

/** What two watchers say of one block. */
const ofOneBlock = (pair: readonly [number, number], positionNonce: number): Promise<readonly [Served, Served]> =>
  waitUntil({
    what: `a report of one block by watchers ${pair.join(' and ')}`,
    withinMs: WITHIN_MS,
    probe: async () => {
      const [left, right] = [await servedBy(pair[0], positionNonce), await servedBy(pair[1], positionNonce)];
      return left
        .flatMap((one) =>
          right.filter((other) => other.blockNumber === one.blockNumber).map((other) => [one, other] as const),
        )
        .at(-1);
    },
  });

/** What the relayer told about reports that wait for signatures. */
function waitingReports(): { signatures: number; needed: number }[] {
  const lines = readFileSync(devnet.running('relayer')?.logFile ?? '', 'utf8').split('\n');
  return lines
    .filter((line) => line.includes('"report-waits"'))
    .map((line) => JSON.parse(line) as ReturnType<typeof waitingReports>[number]);
}

test('two of three alike are no report: whoever has another volatility signs another hash', async () => {
  await trade(ETH, -10n * WAD);
  await trade(BTC, WAD / 2n);
  const [one, two] = await ofOneBlock([1, 2], 2);
  expect(two).toEqual(one);
  for (const pair of [
    [1, 3],
    [1, 4],
    [3, 4],
  ] as const) {
    const [left, right] = await ofOneBlock(pair, 2);
    expect(left.inputsHash).not.toBe(right.inputsHash);
  }
  await waitUntil({
    what: 'a relayer that waits for the third signature',
    withinMs: WITHIN_MS,
    probe: () => waitingReports().some(({ signatures }) => signatures === 2) || undefined,
  });
  expect(new Set(waitingReports().map(({ needed }) => needed))).toEqual(new Set([3]));
  expect(Math.max(...waitingReports().map(({ signatures }) => signatures))).toBe(2);
  expect((await storedReport()).blockNumber).toBe(0n);
}, 360_000);

test('three alike are posted by themselves, and the protocol uses the figure', async () => {
  const bound = await requiredAt();
  writeMarkets(3, MARKET.dailyVol);
  const stored = await waitUntil({
    what: 'a stored report',
    withinMs: WITHIN_MS,
    probe: async () => {
      const found = await storedReport();
      return found.blockNumber > 0n ? found : undefined;
    },
  });
  expect(stored.positionNonce).toBe(2n);
  const half = bound.map((figure) => (figure + 1n) >> 1n) as [bigint, bigint];
  expect(await requiredAt()).toEqual([larger(stored.initialWad, half[0]), larger(stored.maintenanceWad, half[1])]);
  expect(stored.initialWad).toBeLessThan(bound[0]);
  const found = await reader.getContractEvents({
    address: reports,
    abi: marginReportsAbi,
    eventName: 'Reported',
    fromBlock: 0n,
  });
  expect(found).toHaveLength(1);
  const url = devnet.running('watcher', 4)?.announced ?? '';
  const { files } = (await (await fetch(`${url}/v1/report-inputs`)).json()) as { files: object[] };
  const file = path.join(folder, 'served.json');
  writeFileSync(file, JSON.stringify(files.at(-1)));
  expect(await runSurety(['margin', 'verify', file], {})).toMatchObject({
    code: 0,
    output: { ok: true, signatures: 1 },
  });
}, 360_000);

test('a position that moved adds its trade to the report until the next one comes', async () => {
  const stored = await storedReport();
  const moved = await trade(ETH, WAD);
  const view = { address: book, abi: perpetualBookAbi, functionName: 'standardOf', args: [account] } as const;
  const bound = await reader.readContract({ ...view, blockNumber: moved });
  // One ether of 3,500 asks for 40 % by itself.
  const [initial] = await requiredAt(moved);
  expect(initial).toBe(larger(stored.initialWad + 1_400n * WAD, (bound.initialWad + 1n) >> 1n));
  const next = await waitUntil({
    what: 'a report of the new position',
    withinMs: WITHIN_MS,
    probe: async () => {
      const found = await storedReport();
      return found.positionNonce === 3n ? found : undefined;
    },
  });
  expect((await requiredAt())[0]).toBe(larger(next.initialWad, (bound.initialWad + 1n) >> 1n));
}, 360_000);

test('a watcher that is killed makes the same reports again', async () => {
  await devnet.running('watcher', 1)?.kill();
  const own = { SURETY_REPORT_PROTOCOLS: book, SURETY_REPORT_INTERVAL_S: '10' };
  await devnet.start('watcher', 1, { ...own, SURETY_REPORT_MARKETS_FILE: path.join(folder, 'markets-1.json') });
  const [one, two] = await ofOneBlock([1, 2], 3);
  expect(one).toEqual(two);
}, 360_000);
