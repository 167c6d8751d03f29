import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  collateralLedgerAbi,
  joinReportSignatures,
  keccak256,
  marginReportTypedData,
  marginReportsAbi,
  parameterVersionWord,
  parseMarginReport,
  perpetualBookAbi,
} from '@surety/contracts';
import {
  type AccountName,
  type LocalNetwork,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  devnetAccount,
  startNetwork,
  waitUntil,
} from '@surety/devnet';
import { type Address, type Hex } from '@surety/domain';
import { marginReportOf, parseReportInputs } from '@surety/margin';
import { type PublicClient, formatUnits } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import {
  type SettlementCall,
  actOnSettlement,
  creditAlice,
  openPerpetualBook,
  tradePerpetual,
} from './perpetual-book.js';
import { type Answer, runSurety } from './run-surety.js';
import { providersOf } from './timelocked-deployment.js';

const [BTC, ETH] = [2, 3];
const WAD = 10n ** 18n;
const LIFE_S = 900n;
const USDC_UNITS = 60_000n * 1_000_000n;
const WETH_UNITS = 4n * WAD;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-reports-'));
const account = accountOf('alice');
let network: LocalNetwork;
let reader: PublicClient;
let reports: Address;
let book: Address;

beforeAll(async () => {
  network = await startNetwork({ directory: folder, blockSeconds: 1, attesters: 4 });
  reader = network.readers.get(SETTLEMENT_CHAIN_ID) as PublicClient;
  await creditAlice(network, { usdc: USDC_UNITS, weth: WETH_UNITS });
  reports = network.plan.settlement.marginReports;
  book = await openPerpetualBook(network);
  await act('alice', { address: book, abi: perpetualBookAbi, functionName: 'takeReports', args: [account, true] });
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const act = (by: AccountName, call: SettlementCall): Promise<bigint> => actOnSettlement(network, by, call);
const trade = (slot: number, sizeWad: bigint): Promise<bigint> => tradePerpetual(network, book, { slot, sizeWad });

async function required(): Promise<readonly [initial: bigint, maintenance: bigint]> {
  const view = { address: network.plan.settlement.ledger, abi: collateralLedgerAbi, functionName: 'marginOf' } as const;
  const [, initial, , , , maintenance] = await reader.readContract({ ...view, args: [account] });
  return [initial, maintenance];
}

const surety = (key: string | null, ...args: string[]): Promise<Answer> =>
  runSurety(args, {
    SURETY_CONFIG: network.configFile,
    ...providersOf(network),
    ...(key === null ? {} : { SURETY_KEY: key }),
  });

function write(name: string, content: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

interface Inputs {
  subject: Record<string, string>;
  bindings: object;
  book: {
    assets: object;
    sources: object;
    underlyings: Record<string, Record<string, unknown>>;
    accounts: [Record<string, unknown>];
  };
}

/** What the engine needs, as the command line writes it at the last final block, once that holds the position of now. */
async function readInputs(): Promise<Inputs> {
  const latest = await reader.getBlockNumber();
  const probe = async (): Promise<true | undefined> =>
    (await reader.getBlock({ blockTag: 'finalized' })).number >= latest || undefined;
  await waitUntil({ what: `block ${latest} final`, withinMs: 30_000, probe });
  const { code, output, refusal } = await inputsOf();
  expect([code, refusal]).toEqual([0, undefined]);
  return output as unknown as Inputs;
}

/** Asks the command line for inputs; options that are given come after those of Alice, and win. */
function inputsOf(...options: readonly string[]): Promise<Answer> {
  const usual = ['--protocol', book, '--account', devnetAccount('alice').address, '--markets', ownMarkets()];
  return surety(null, 'margin', 'inputs', ...usual, ...options);
}

/** What no chain keeps: the signers' word. */
const MARKET = { settlement: 'USD', dailyVolume: '300000', dailyVol: '0.04' };

const ownMarkets = (): string => write('markets.json', { BTC: MARKET, ETH: MARKET });

/** Lets three members sign, each what the one before wrote, and gives the last file. */
async function signByThree(inputs: Inputs, name: string): Promise<string> {
  let file = write(`${name}-inputs.json`, inputs);
  for (const [at, { key }] of network.attesters.slice(0, 3).entries()) {
    const own = ['--markets', ownMarkets(), '--yes'];
    const { code, output, refusal } = await surety(key, 'margin', 'report', '--inputs', file, ...own);
    expect([code, refusal]).toEqual([0, undefined]);
    file = write(`${name}-${at}.json`, output);
  }
  return file;
}

/** Lets three members sign the same unsigned report, none of them seeing another's signature; gives their files in a bad order. */
async function signApart(inputs: Inputs): Promise<string[]> {
  const own = ['--markets', ownMarkets()];
  const begun = await surety(null, 'margin', 'report', '--inputs', write('apart.json', inputs), ...own, '--dry-run');
  const unsigned = write('unsigned.json', begun.output);
  const files: string[] = [];
  for (const [at, { key }] of network.attesters.slice(0, 3).entries()) {
    const { output } = await surety(key, 'margin', 'report', '--inputs', unsigned, ...own, '--yes');
    files.unshift(write(`apart-${at}.json`, output));
  }
  return files;
}

const submit = (...args: readonly string[]): Promise<Answer> =>
  surety(devnetAccount('relayerA').key, ...fromRunbook('13', 'npx surety margin submit'), ...args);

const refusedWith = (message: RegExp): object => ({
  code: 1,
  refusal: { code: 'REPORT_REFUSED', message: expect.stringMatching(message) as string },
});

function readReport(file: string) {
  const { report, signatures } = JSON.parse(readFileSync(file, 'utf8')) as {
    report: unknown;
    signatures: { signer: Address; signature: Hex }[];
  };
  return { report: parseMarginReport(report), signatures };
}

function submission(file: string): SettlementCall {
  const { report, signatures } = readReport(file);
  const args = [report, joinReportSignatures(signatures)];
  return { address: reports, abi: marginReportsAbi, functionName: 'submit', args };
}

const wrong = (field: string): object => ({
  code: 1,
  refusal: { code: 'REPORT_WRONG', message: expect.stringContaining(`${field} is `) as string },
});

test('inputs are refused where no report can be made of them, with the next step', async () => {
  const refusal = (code: string, message: RegExp, exit = 1): object => ({
    code: exit,
    output: {},
    refusal: { code, message: expect.stringMatching(message) as string },
  });
  expect(await inputsOf()).toMatchObject(refusal('NOTHING_TO_REPORT', /has no position at 0x.* check --account/));
  await trade(ETH, -10n * WAD);
  await trade(BTC, WAD / 2n);
  await readInputs();
  const { ledger } = network.plan.settlement;
  expect(await inputsOf('--protocol', ledger)).toMatchObject(refusal('NO_REPORTS', /check --protocol/));
  expect(await inputsOf('--protocol', account)).toMatchObject(refusal('BAD_USE', /--protocol is .*an address/, 2));
  expect(await inputsOf('--block', '99999999')).toMatchObject(refusal('NOT_FINAL', /the last final block is \d+/, 75));
  const half = write('half.json', { ETH: MARKET });
  expect(await inputsOf('--markets', half)).toMatchObject(refusal('MARKET_MISSING', /says nothing of BTC/));
});

test('a report is refused a signature unless the chain says what its inputs say and the key is a member', async () => {
  const inputs = await readInputs();
  const file = write('honest.json', inputs);
  const { key } = network.attesters[0] ?? { key: '' };
  expect(await surety(key, 'margin', 'report', '--inputs', file, '--yes')).toMatchObject({
    code: 2,
    refusal: { code: 'BAD_USE' },
  });
  const sign = ['margin', 'report', '--markets', ownMarkets(), '--inputs'];
  expect((await surety(key, ...sign, file)).refusal?.code).toBe('DECLINED');
  const stranger = await surety(devnetAccount('alice').key, ...sign, file, '--yes');
  expect([stranger.code, stranger.refusal?.code]).toEqual([1, 'ACT_REFUSED']);
  expect((await surety(null, ...sign, file, '--dry-run')).output).toMatchObject({ signatures: [] });

  const others = write('other-markets.json', { BTC: MARKET, ETH: { ...MARKET, dailyVol: '0.05' } });
  expect(await surety(key, 'margin', 'report', '--inputs', file, '--markets', others, '--yes')).toMatchObject(
    wrong('inputs.book.underlyings.ETH.market'),
  );
  const lies: readonly [field: string, change: (lied: Inputs) => void][] = [
    ['inputs.book.underlyings.ETH.price', ({ book: lied }) => ((lied.underlyings['ETH'] ?? {})['price'] = '3501')],
    [
      'inputs.book.underlyings.ETH.confidence',
      ({ book: lied }) => ((lied.underlyings['ETH'] ?? {})['confidence'] = '0.5'),
    ],
    ['inputs.book.assets.asset-3.decimals', (lied) => replaceIn(lied, '"decimals":"18"', '"decimals":"17"')],
    [
      'inputs.book.assets.asset-1.underlying',
      (lied) => replaceIn(lied, '"underlying":"USD","source"', '"underlying":"ETH","source"'),
    ],
    ['inputs.subject.positionNonce', ({ subject }) => (subject['positionNonce'] = '1')],
    ['inputs.subject.blockHash', ({ subject }) => (subject['blockHash'] = `0x${'ab'.repeat(32)}`)],
    ['inputs.subject.blockNumber', ({ subject }) => (subject['blockNumber'] = '999999')],
    ['inputs.bindings.prices of slot 2', (lied) => replaceIn(lied, '"USD":"1","BTC"', '"USD":"2","BTC"')],
    [
      'inputs.book.accounts[0].lines[1].amount',
      (lied) => replaceIn(lied, `"amount":"${formatUnits(WETH_UNITS, 18)}"`, '"amount":"5"'),
    ],
    ['inputs.book.accounts[0] positions', (lied) => replaceIn(lied, '"size":"-10"', '"size":"-9"')],
    [
      'inputs.book weights of asset-1 for initial',
      (lied) => replaceIn(lied, '"baseInitialBps":"9500"', '"baseInitialBps":"9400"'),
    ],
  ];
  for (const [field, change] of lies) {
    const lied = structuredClone(inputs);
    change(lied);
    const refused = await surety(key, ...sign, write('lie.json', lied), '--yes');
    expect({ field, ...refused }).toMatchObject({ field, ...wrong(field) });
    expect(refused.output).toEqual({});
  }
});

test('a report of k members counts until the position moves or it ends, and never below half of the bound', async () => {
  const bound = await required();
  const file = await signByThree(await readInputs(), 'honest');
  const { report } = readReport(file);
  expect(await surety(null, 'margin', 'verify', file, '--chain')).toMatchObject({ code: 0, output: { ok: true } });
  const fewer = await surety(null, 'margin', 'verify', path.join(folder, 'honest-1.json'), '--chain');
  expect(fewer).toMatchObject(wrong('signatures'));
  expect(await submit(path.join(folder, 'honest-1.json'))).toMatchObject(
    refusedWith(/2 signatures of members; expected 3; ask for surety margin report of the same inputs from 0x/),
  );
  expect(await submit(file, '--dry-run')).toMatchObject({
    code: 0,
    output: { stored: false, signatures: 3, quorum: 3 },
  });
  expect((await submit(file)).refusal?.code).toBe('DECLINED');
  const sent = { stored: true, txHash: expect.any(String), gasUsed: expect.stringMatching(/^[1-9]/) } as object;
  expect(await submit(file, '--yes')).toMatchObject({ code: 0, output: sent });
  expect(await submit(file, '--yes')).toMatchObject({ code: 0, output: { stored: true, txHash: null } });
  // The hedged book needs less than the bound, which nets nothing.
  expect(report.initialWad).toBeLessThan(bound[0]);
  const [half, halfHeld] = [bound[0], bound[1]].map((one) => (one + 1n) >> 1n) as [bigint, bigint];
  const larger = (left: bigint, right: bigint): bigint => (left > right ? left : right);
  expect(await required()).toEqual([larger(report.initialWad, half), larger(report.maintenanceWad, halfHeld)]);

  await expect(reader.simulateContract(submission(file))).rejects.toThrow('ReportNotNewer');
  const later = await signByThree(await readInputs(), 'later');
  // What is traded after a report adds its own bound: one ether asks for 40 and 30 % of 3,500.
  await trade(ETH, WAD);
  const [moved, held] = await required();
  expect(moved).toBe(larger(report.initialWad + 1_400n * WAD, half - 700n * WAD));
  expect(held).toBe(larger(report.maintenanceWad + 1_050n * WAD, halfHeld - 525n * WAD));
  // A later report of the position before the trade counts with that trade.
  expect(await submit(later, '--dry-run')).toMatchObject({ code: 0 });
  expect(await submit(file, later)).toMatchObject(wrong(`${later} report.blockNumber`));
  // Each member by itself, in any order, where inputs and end are the same: another report repairs it.
  const repaired = await signApart(await readInputs());
  expect(await submit(...repaired, '--yes')).toMatchObject({ code: 0, output: { stored: true } });
  const [initial] = await required();
  expect(initial).toBeLessThan(moved);

  const node = network.nodes.get(SETTLEMENT_CHAIN_ID);
  await node?.call('evm_increaseTime', [Number(LIFE_S)]);
  await node?.call('evm_mine', []);
  // One of ten is closed: the bound of nine and of the other.
  expect(await required()).toEqual([
    ((9n * 3_500n + 32_500n) * 4n * WAD) / 10n,
    ((9n * 3_500n + 32_500n) * 3n * WAD) / 10n,
  ]);
});

test('a report that ended, and one that k members made up, are shown wrong', async () => {
  const inputs = await readInputs();
  const file = await signByThree(inputs, 'late');
  const edited = JSON.parse(readFileSync(file, 'utf8')) as { report: Record<string, string> };
  edited.report['maintenanceWad'] = '1';
  expect(await surety(null, 'margin', 'verify', write('edited.json', edited))).toMatchObject(
    wrong('report.maintenanceWad'),
  );
  const node = network.nodes.get(SETTLEMENT_CHAIN_ID);
  await node?.call('evm_increaseTime', [Number(LIFE_S)]);
  await node?.call('evm_mine', []);
  await expect(reader.simulateContract(submission(file))).rejects.toThrow('ReportExpired');
  expect(await submit(file, '--yes')).toMatchObject(refusedWith(/report.expiry is \d+; expected after the newest/));

  // Whoever holds k keys signs what it likes: here that ether costs nothing much.
  const made = await readInputs();
  Object.assign(made.book.underlyings['ETH'] ?? {}, { price: '1000', slow: '1000' });
  const forged = await signAnything(made);
  expect(await surety(null, 'margin', 'verify', forged)).toMatchObject({ code: 0, output: { ok: true } });
  expect(await surety(null, 'margin', 'verify', forged, '--chain')).toMatchObject(
    wrong('inputs.book.underlyings.ETH.price'),
  );
  const bound = await required();
  await act('relayerA', submission(forged));
  const [initial, maintenance] = await required();
  expect([initial, maintenance].map((one) => 2n * one)).toEqual([
    expect.toSatisfy((twice: bigint) => twice >= bound[0]),
    expect.toSatisfy((twice: bigint) => twice >= bound[1]),
  ]);
});

test('collateral that another protocol counts on is no hedge', async () => {
  const alone = await readInputs();
  await openPerpetualBook(network);
  const inputs = await readInputs();
  const dryRun = (): Promise<Answer> =>
    surety(null, 'margin', 'report', '--inputs', write('shared.json', inputs), '--dry-run');
  expect(inputs.book.accounts[0]['lines']).toEqual([]);
  expect(await dryRun()).toMatchObject({ code: 0, output: { signatures: [] } });
  const [{ lines }] = alone.book.accounts;
  const { assets, sources } = alone.book;
  inputs.bindings = alone.bindings;
  inputs.book = { ...inputs.book, assets, sources, accounts: [{ ...inputs.book.accounts[0], lines }] };
  expect(await dryRun()).toMatchObject(wrong('inputs.book.accounts[0].lines'));
});

/** Signs without asking any chain, as stolen keys would. */
async function signAnything(written: Inputs): Promise<string> {
  const inputs = parseReportInputs(written);
  const figures = marginReportOf(inputs, keccak256);
  const verifier = network.plan.settlement.attesterSet;
  const { chainId, ...subject } = inputs.subject;
  const report = {
    ...subject,
    ...figures,
    parameterVersion: parameterVersionWord(figures.parameterVersion),
    expiry: subject.asOf + LIFE_S,
    epoch: 1,
  };
  const typed = marginReportTypedData(report, { chainId, verifier });
  const signatures = await Promise.all(
    network.attesters.slice(0, 3).map(async (one) => ({
      signer: one.address,
      signature: await one.account.signTypedData(typed),
    })),
  );
  const text = Object.fromEntries(Object.entries(report).map(([name, value]) => [name, String(value)]));
  return write('forged.json', { verifier, inputs: written, report: text, signatures });
}

function replaceIn(target: Inputs, seen: string, by: string): void {
  const text = JSON.stringify(target);
  expect(text).toContain(seen);
  Object.assign(target, JSON.parse(text.replace(seen, by)));
}
