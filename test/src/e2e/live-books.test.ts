import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { riskManagerAbi } from '@surety/contracts';
import {
  type LocalNetwork,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  borrow,
  borrowOfMarket,
  joinMarket,
  lend,
  marketOf,
  openCreditLine,
  startNetwork,
  walletOf,
} from '@surety/devnet';
import { type Address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { creditAlice, openPerpetualBook, tradePerpetual } from './perpetual-book.js';
import { type Answer, runSurety } from './run-surety.js';
import { providersOf } from './timelocked-deployment.js';

const ETH = 3;
const WAD = 10n ** 18n;
const USDC_UNITS = 60_000n * 1_000_000n;
const WETH_UNITS = 4n * WAD;
const account = accountOf('alice');
const folder = mkdtempSync(path.join(tmpdir(), 'surety-live-books-'));
const marketsFile = path.join(folder, 'markets.json');
/** A file of markets that says nothing. */
const none = path.join(folder, 'none.json');
let network: LocalNetwork;
let reader: PublicClient;
let book: Address;

beforeAll(async () => {
  network = await startNetwork({ directory: folder, blockSeconds: 1, attesters: 4 });
  reader = network.readers.get(SETTLEMENT_CHAIN_ID) as PublicClient;
  writeFileSync(none, '{}');
  writeFileSync(marketsFile, JSON.stringify({ ETH: { settlement: 'USD', dailyVolume: '300000', dailyVol: '0.045' } }));
  await creditAlice(network, { usdc: USDC_UNITS, weth: WETH_UNITS });
  book = await openPerpetualBook(network);
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const surety = (...args: string[]): Promise<Answer> =>
  runSurety(['margin', ...args], {
    SURETY_CONFIG: network.configFile,
    SURETY_REPORT_MARKETS_FILE: marketsFile,
    ...providersOf(network),
  });

interface Greeks {
  readonly version: string;
  readonly block: { readonly height: string };
  readonly protocols: readonly [{ readonly protocols: readonly { readonly shows: string }[] }];
  readonly accounts: readonly [
    {
      readonly id: string;
      readonly underlyings: readonly { readonly underlying: string; readonly deltas: Record<string, string> }[];
    },
  ];
}

async function greeks(...args: string[]): Promise<Greeks> {
  const { code, output, refusal } = await surety('greeks', ...args);
  expect([code, refusal]).toEqual([0, undefined]);
  return output as unknown as Greeks;
}

const deltasOf = ({ accounts }: Greeks, name: string): Record<string, string> | undefined =>
  accounts[0].underlyings.find(({ underlying }) => underlying === name)?.deltas;

test('an account without positions has the delta of what it locked, without a file of markets', async () => {
  const { address: owner } = walletOf(network, SETTLEMENT_CHAIN_ID, 'alice').account;
  const shown = await greeks('--account', owner, '--markets', none);
  expect(shown.accounts[0].id).toBe(account);
  expect(deltasOf(shown, 'ETH')).toEqual({ collateral: String(4n * WAD), debt: '0', perp: '0', options: '0' });
  expect(deltasOf(shown, 'USD')).toMatchObject({ collateral: String(60_000n * WAD) });
  expect(shown.protocols[0].protocols).toMatchObject([{ shows: 'positions' }]);
});

test('positions, a market’s debt and a requirement without positions are one account', async () => {
  await tradePerpetual(network, book, { slot: ETH, sizeWad: -5n * WAD });
  await lend(network, 'bob', 20_000_000_000n);
  await joinMarket(network, 'alice');
  await borrowOfMarket(network, 'alice', 5_000_000_000n);
  const line = await openCreditLine(network, 10_000_000_000n);
  const credit = line.address;
  await borrow(network, line, 'alice', 2_000_000_000n);
  const shown = await greeks('--account', account);
  expect(deltasOf(shown, 'ETH')).toMatchObject({ collateral: String(4n * WAD), perp: String(-5n * WAD) });
  expect(BigInt(deltasOf(shown, 'USD')?.['debt'] ?? 0n)).toBeLessThanOrEqual(-5_000n * WAD);
  expect(shown.protocols[0].protocols).toMatchObject([
    { protocol: book, shows: 'positions' },
    { protocol: marketOf(network).market, shows: 'debt' },
    { protocol: credit, shows: 'requirement', answered: true },
  ]);
  const { told } = await surety('greeks', '--account', account);
  expect(told).toContain(`${account} at ${credit}: shows no positions; its maintenance requirement of 2,1`);
});

interface Scenarios {
  readonly scenarios: readonly {
    readonly stress: string;
    readonly newlyLiquidatable: readonly string[];
    readonly accounts: readonly {
      readonly before: { readonly netValue: string };
      readonly after: { readonly netValue: string; readonly liquidatable: boolean };
    }[];
  }[];
}

test('a scenario moves what the account holds at every protocol, and money stays money', async () => {
  const scenarios = path.join(folder, 'scenarios.json');
  const halved = { name: 'halved', steps: [{ kind: 'crash', factor: '0.5' }] };
  const squeezed = { name: 'squeezed', steps: [{ kind: 'crash', underlying: 'ETH', factor: '30' }] };
  writeFileSync(scenarios, JSON.stringify([halved, squeezed]));
  const { code, output } = await surety('scenario', '--account', account, '--scenarios', scenarios);
  expect(code).toBe(0);
  const [fall, rise] = (output as unknown as Scenarios).scenarios;
  const [fallen] = fall?.accounts ?? [];
  // One ether more sold than held: half of its price is won, and nothing else moves.
  const won = BigInt(fallen?.after.netValue ?? 0n) - BigInt(fallen?.before.netValue ?? 0n);
  const { riskManager } = network.plan.settlement;
  const { price } = await reader.readContract({
    address: riskManager,
    abi: riskManagerAbi,
    functionName: 'priceOf',
    args: [ETH],
  });
  const half = (price * 10n ** 6n) / 2n;
  expect(won - half < 10n && half - won < 10n).toBe(true);
  expect(fall?.newlyLiquidatable).toEqual([]);
  expect(rise?.newlyLiquidatable).toEqual([account]);
});

test('all accounts that opted in anywhere are one book, at the last final block, and a path walks them', async () => {
  const { output, code } = await surety('scenario', 'crash', '--all');
  expect(code).toBe(0);
  expect((output as unknown as Scenarios).scenarios[0]?.accounts).toHaveLength(1);
  const walked = await surety('simulate', '--account', account, '--steps', '3', '--seed', '7');
  expect([walked.code, walked.output['seed']]).toEqual([0, 7]);
});

test.each<[why: string, args: readonly string[], reason: RegExp]>([
  ['both one account and all', ['--account', account, '--all'], /--account and --all exclude each other/],
  ['what is no account', ['--account', '0x1234'], /--account is "0x1234"; expected an account/],
])('refuses %s', async (_why, args, reason) => {
  const { code, refusal } = await surety('greeks', ...args);
  expect([code, refusal?.code]).toEqual([2, 'BAD_USE']);
  expect(refusal?.message).toMatch(reason);
});

test('names the file that a traded underlying needs, and what it must say', async () => {
  const { code, refusal } = await surety('greeks', '--account', account, '--markets', none);
  expect([code, refusal?.code]).toEqual([1, 'MARKET_MISSING']);
  expect(refusal?.message).toContain('add "ETH":{"settlement","dailyVolume","dailyVol"}');
});
