import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { developmentTokenAbi, marketAbi } from '@surety/contracts';
import {
  type AccountName,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  connectWallet,
  devnetAccount,
  followLock,
  lockTokens,
  marketOf,
} from '@surety/devnet';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const BETA = 902;
const WITHIN_MS = 60_000;
const ONE = 1_000_000n;
const MONTH_S = 30 * 86_400;
const ALICE = accountOf('alice');
let line: Line;

beforeAll(async () => {
  line = await startLine();
});
afterAll(() => line?.stop());

interface Shown {
  readonly supplied: string;
  readonly cash: string;
  readonly borrowed: string;
  readonly utilisationWad: string;
  readonly borrowRateWad: string;
  readonly supplyRateWad: string;
  readonly tranche: string;
  readonly position: {
    readonly debt: string;
    readonly isOptedIn: boolean;
    readonly supplied: string;
    readonly covering: string;
    readonly exit: { readonly shares: string; readonly open: boolean } | null;
  };
}

const surety = (by: AccountName, ...args: string[]): Promise<Answer> =>
  runSurety(args, { ...line.devnet.environmentOf('operator'), SURETY_KEY: devnetAccount(by).key });
/** An act at the devnet's market, by name, without a question. */
const act = (by: AccountName, name: string, ...args: string[]): Promise<Answer> =>
  surety(by, 'market', name, 'usds', ...args, '--yes');
const show = async (of: AccountName): Promise<Shown> =>
  (await surety(of, 'market', 'show', 'usds', '--account', devnetAccount(of).address)).output as unknown as Shown;
const reader = (): PublicClient => line.devnet.network.readers.get(SETTLEMENT_CHAIN_ID) as PublicClient;
const placed = (): ReturnType<typeof marketOf> => marketOf(line.devnet.network);

/** Development tokens are minted by anybody. */
async function mint(by: AccountName, units: bigint): Promise<void> {
  const wallet = connectWallet(line.devnet.network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '', SETTLEMENT_CHAIN_ID, by);
  const token = { address: placed().token, abi: developmentTokenAbi } as const;
  const hash = await wallet.writeContract({ ...token, functionName: 'mint', args: [devnetAccount(by).address, units] });
  await reader().waitForTransactionReceipt({ hash });
}

const balanceOf = (of: AccountName): Promise<bigint> =>
  reader().readContract({
    address: placed().token,
    abi: developmentTokenAbi,
    functionName: 'balanceOf',
    args: [devnetAccount(of).address],
  });

test('lenders are paid interest by an account whose collateral is locked on another chain', async () => {
  const { network } = line.devnet;
  expect((await surety('bob', 'markets')).output).toMatchObject({
    markets: [
      { name: 'usds', market: placed().market, supplied: '0', borrowed: '0', borrowRateWad: '10000000000000000' },
    ],
  });

  const poor = await act('bob', 'deposit', '--amount', '10000');
  expect([poor.code, poor.refusal?.code]).toEqual([1, 'MARKET_REFUSED']);
  expect(poor.refusal?.message).toContain('would take 10000 USDS');
  await mint('bob', 10_000n * ONE);
  const dry = await act('bob', 'deposit', '--amount', '10000', '--dry-run');
  expect([dry.code, dry.output['txHash']]).toEqual([0, null]);
  const lent = await act('bob', 'deposit', '--amount', '10000');
  expect(lent).toMatchObject({ code: 0, output: { act: 'market deposit', market: 'usds' } });
  expect(lent.output['approval']).toMatch(/^0x/);
  expect((await act('bob', 'cover', '--shares', '1000')).refusal).toBeUndefined();

  const empty = await act('alice', 'borrow', '--amount', '5000');
  expect(empty.refusal).toMatchObject({ code: 'MARKET_REFUSED', message: expect.stringContaining('NotOptedIn') });
  expect((await act('alice', 'opt-in')).refusal).toBeUndefined();
  const uncovered = await act('alice', 'borrow', '--amount', '5000');
  expect(uncovered.refusal).toMatchObject({ code: 'MARKET_REFUSED', message: expect.stringContaining('MarginTooLow') });

  const lock = await lockTokens(network, { chainId: BETA, by: 'alice', asset: 'WETH', units: 4n * 10n ** 18n });
  await followLock(line.devnet, { chainId: BETA, lock, withinMs: WITHIN_MS });
  expect((await act('alice', 'borrow', '--amount', '999')).refusal?.message).toContain('DebtTooSmall');
  expect((await act('bob', 'borrow', '--amount', '5000', '--account', ALICE)).refusal?.message).toContain('NotOwner');
  expect((await act('alice', 'borrow', '--amount', '10000.000001')).refusal?.message).toContain('NotEnoughCash');
  expect((await act('alice', 'borrow', '--amount', '5000')).refusal).toBeUndefined();
  expect(await balanceOf('alice')).toBe(5_000n * ONE);
  const owing = await show('alice');
  // 1 % and five eighths of 5 %, for half of what is lent; four fifths of it for half of what was supplied.
  expect(BigInt(owing.borrowRateWad) / 10n ** 13n).toBe(4_125n);
  expect(BigInt(owing.supplyRateWad) / 10n ** 13n).toBe(1_650n);
  expect(owing.position).toMatchObject({ isOptedIn: true });
  const [served] = await line.devnet.aggregator.readMarkets();
  expect(served).toMatchObject({ market: 'usds', address: placed().market, cash: 5_000n * ONE, decimals: 6 });
  expect(served?.borrowed).toBeGreaterThanOrEqual(5_000n * ONE);
  expect((served?.supplyRateWad ?? 0n) / 10n ** 13n).toBe(1_650n);
  const { protocols: held } = (await surety('alice', 'account', devnetAccount('alice').address)).output as {
    protocols: { netWad: string; linesWad: string; burdensWad: string; protocols: readonly Record<string, string>[] };
  };
  expect(held.protocols).toMatchObject([{ market: 'usds', answered: true, claims: true, positions: null }]);
  // The debt with the fee of whoever takes it over.
  expect(BigInt(held.burdensWad)).toBeGreaterThan(5_000n * 10n ** 18n);
  expect(held.burdensWad).toBe(held.protocols[0]?.['burdenWad']);
  expect(BigInt(held.netWad)).toBe(BigInt(held.linesWad) - BigInt(held.burdensWad));
  expect((await act('alice', 'opt-out')).refusal).toMatchObject({ code: 'MARKET_REFUSED' });
  const cash = await act('bob', 'withdraw', '--amount', '6000');
  expect(cash.refusal).toMatchObject({ code: 'MARKET_REFUSED', message: expect.stringContaining('6000 USDS') });

  await network.nodes.get(SETTLEMENT_CHAIN_ID)?.call('evm_increaseTime', [MONTH_S]);
  await network.nodes.get(SETTLEMENT_CHAIN_ID)?.call('evm_mine', []);
  expect((await act('relayerB', 'accrue')).code).toBe(0);
  expect((await act('relayerB', 'provision', '--account', ALICE)).refusal).toBeUndefined();
  const grown = BigInt((await show('alice')).position.debt);
  // 5,000 · 4.125 % · 30 / 365, interest on it, and some seconds more: 16.9808 and a little.
  expect([grown > 5_016_980_000n, grown < 5_016_990_000n]).toEqual([true, true]);

  await mint('alice', 100n * ONE);
  expect((await act('alice', 'repay', '--amount', '1000')).refusal).toBeUndefined();
  expect((await act('alice', 'repay', '--amount', 'all')).refusal).toBeUndefined();
  const settled = await show('alice');
  expect([settled.borrowed, settled.position.debt]).toEqual(['0', '0']);
  expect((await act('alice', 'repay', '--amount', 'all')).refusal?.message).toContain('is owed nothing');
  expect((await act('alice', 'renew', '--account', ALICE)).refusal).toBeUndefined();
  expect((await act('alice', 'opt-out')).refusal).toBeUndefined();

  expect((await act('bob', 'collect')).refusal).toMatchObject({
    code: 'MARKET_REFUSED',
    message: expect.stringContaining('has nothing to collect'),
  });
  expect((await act('bob', 'cancel-exit')).refusal?.message).toContain('ExitMissing');
  expect((await act('bob', 'request-exit', '--shares', 'all')).refusal).toBeUndefined();
  const early = await act('bob', 'exit');
  expect(early.refusal).toMatchObject({ code: 'MARKET_REFUSED', message: expect.stringContaining('ExitClosed') });
  expect((await show('bob')).position.exit).toMatchObject({ open: false });
  expect((await act('bob', 'cancel-exit')).refusal).toBeUndefined();
  expect((await show('bob')).position.exit).toBeNull();
  expect((await act('bob', 'withdraw', '--amount', 'all')).refusal).toBeUndefined();
  // He lent nine tenths of the shares himself; the tranche has what its shares and the reserve are worth.
  const earned = (await balanceOf('bob')) - 9_000n * ONE;
  expect([earned > 12n * ONE, earned < 13n * ONE]).toEqual([true, true]);
  const books = await reader().readContract({ address: placed().market, abi: marketAbi, functionName: 'booksOf' });
  expect(books.shares).toBe(books.trancheShares);
});

test('the doctor names a market whose terms are not those of the file', async () => {
  const findings = async (config?: string): Promise<{ check: string; result: string; detail: string }[]> => {
    const environment = line.devnet.environmentOf('operator');
    const { output } = await runSurety(['doctor'], {
      ...environment,
      ...(config === undefined ? {} : { SURETY_CONFIG: config }),
    });
    return (output['findings'] as { check: string; result: string; detail: string }[]).filter(({ check }) =>
      check.includes('market'),
    );
  };
  const whole = await findings();
  expect(new Set(whole.map(({ result }) => result))).toEqual(new Set(['ok']));
  expect(whole.map(({ check }) => check)).toContain('terms of market usds');

  const { configFile, directory } = line.devnet.network;
  const file = JSON.parse(readFileSync(configFile, 'utf8')) as {
    settlement: { markets: { terms: { kinkBp: number } }[] };
  };
  for (const { terms } of file.settlement.markets) terms.kinkBp = 7_999;
  const other = path.join(directory, 'other.config.json');
  writeFileSync(other, JSON.stringify(file));
  expect((await findings(other)).filter(({ result }) => result === 'fail')).toEqual([
    { check: 'terms of market usds', result: 'fail', detail: 'terms.kinkBp is 8000; expected 7999' },
  ]);
});

test('a market that is not configured is refused with those that are', async () => {
  const { code, refusal } = await surety('bob', 'market', 'show', 'euro');
  expect([code, refusal?.code]).toEqual([2, 'BAD_USE']);
  expect(refusal?.message).toContain(`usds (${placed().market})`);
  expect((await act('bob', 'deposit', '--amount', '0')).refusal).toMatchObject({ code: 'BAD_USE' });
});
