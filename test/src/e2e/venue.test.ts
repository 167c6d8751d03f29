import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  collateralLedgerAbi,
  developmentTokenAbi,
  optionTablesAbi,
  optionTablesCode,
  perpsAndOptionsAbi,
  perpsAndOptionsCode,
  ratioPageAbi,
  ratioPageCode,
  riskManagerAbi,
  stepPageAbi,
  stepPageCode,
} from '@surety/contracts';
import {
  type AccountName,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  devnetAccount,
  marketOf,
  plannedOf,
  setPrice,
  waitUntil,
  walletOf,
} from '@surety/devnet';
import { type Address } from '@surety/domain';
import { type Abi, type Hex, type PublicClient, zeroAddress } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SettlementCall, actOnSettlement, admitProtocol, deployOnSettlement } from './perpetual-book.js';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

/** The example of perpetuals and options on real nodes, over the vault beside the ledger: nobody signs anything for it. */

const HOME = SETTLEMENT_CHAIN_ID;
const ETH = 3;
const WAD = 10n ** 18n;
const ONE = 1_000_000n;
/** Cells of a page of ratios. @source OptionTables.sol */
const CELLS = 1_280n;
const [PERPETUAL, CALL] = [0, 2];
const [ALICE, BOB] = [accountOf('alice'), accountOf('bob')];
const folder = mkdtempSync(path.join(tmpdir(), 'surety-venue-'));
const marketsFile = path.join(folder, 'markets.json');
let line: Line;
let venue: Address;
let expiry: bigint;
let nonce = 0n;

beforeAll(async () => {
  line = await startLine({ localVault: true, watchers: 0, relayers: 0 });
  for (const by of ['alice', 'bob'] as const) {
    await mint(by, 50_000n * ONE);
    const lock = ['lock', '--chain', 'settlement', '--asset', 'USDS', '--amount', '50000', '--yes'];
    const { refusal } = await surety(by, ...lock);
    if (refusal !== undefined) throw new Error(`${by}'s lock: ${refusal.message}`);
  }
  venue = await deployVenue();
  await admitProtocol(network(), venue, ['alice', 'bob']);
  await mint('bob', 20_000n * ONE);
  await act('bob', {
    address: token(),
    abi: developmentTokenAbi,
    functionName: 'approve',
    args: [venue, 20_000n * ONE],
  });
  await act('bob', { address: venue, abi: perpsAndOptionsAbi, functionName: 'pay', args: [zeroWord, 20_000n * ONE] });
  expiry = (await reader().getBlock()).timestamp + 30n * 86_400n;
  const expiries = { monthly: { expiresAt: String(expiry), forward: '3500', vol: '0.8' } };
  const market = { settlement: 'USD', dailyVolume: '100000', dailyVol: '0.04', expiries };
  writeFileSync(marketsFile, JSON.stringify({ ETH: market }));
});
afterAll(async () => {
  await line?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const zeroWord: Hex = `0x${'0'.repeat(64)}`;
const network = (): Line['devnet']['network'] => line.devnet.network;
const reader = (): PublicClient => network().readers.get(HOME) as PublicClient;
const token = (): Address => marketOf(network()).token;
const surety = (by: AccountName, ...args: string[]): Promise<Answer> =>
  runSurety(args, { ...line.devnet.environmentOf('operator'), SURETY_KEY: devnetAccount(by).key });

const GAS = 8_000_000n;

const act = (by: AccountName, call: SettlementCall): Promise<bigint> => actOnSettlement(network(), by, call);
const mint = (by: AccountName, units: bigint): Promise<bigint> =>
  act(by, {
    address: token(),
    abi: developmentTokenAbi,
    functionName: 'mint',
    args: [devnetAccount(by).address, units],
  });

const deploy = (abi: Abi, creation: string, args: readonly unknown[]): Promise<Address> =>
  deployOnSettlement(network(), { abi, creation, args });

async function deployVenue(): Promise<Address> {
  const ratios = (at: bigint): Promise<Address> => deploy(ratioPageAbi, ratioPageCode.creation, [at * CELLS]);
  const pages = {
    tables: zeroAddress,
    steps: await deploy(stepPageAbi, stepPageCode.creation, []),
    ratios0: await ratios(0n),
    ratios1: await ratios(1n),
    ratios2: await ratios(2n),
  };
  const tables = await deploy(optionTablesAbi, optionTablesCode.creation, [pages]);
  const terms = {
    slot: ETH,
    volWad: (8n * WAD) / 10n,
    dailyVolWad: (4n * WAD) / 100n,
    dailyVolumeWad: 100_000n * WAD,
    advanceBp: 8_000,
    premiumPpm: 10_000,
  };
  const { desk } = plannedOf(network(), HOME);
  const { ledger } = network().plan.settlement;
  return deploy(perpsAndOptionsAbi, perpsAndOptionsCode.creation, [ledger, tables, desk, token(), terms]);
}

interface Instrument {
  readonly kind: number;
  readonly expiry: bigint;
  readonly strikeWad: bigint;
}

/** Alice takes all of a quote that Bob signs; above 0 she buys. */
async function trade({ kind, expiry: end, strikeWad }: Instrument, sizeWad: bigint, priceWad: bigint): Promise<void> {
  nonce += 1n;
  const deadline = Number((await reader().getBlock()).timestamp) + 600;
  const quote = { maker: BOB, kind, expiry: Number(end), strikeWad, sizeWad: -sizeWad, priceWad, nonce, deadline };
  const signature = await walletOf(network(), HOME, 'bob').signTypedData({
    domain: { name: 'PerpsAndOptions', version: '1', chainId: HOME, verifyingContract: venue },
    types: { Quote: QUOTE },
    primaryType: 'Quote',
    message: quote,
  });
  const size = sizeWad < 0n ? -sizeWad : sizeWad;
  // With the reasons of the ledger's gate.
  const abi = [...perpsAndOptionsAbi, ...collateralLedgerAbi.filter(({ type }) => type === 'error')];
  await act('alice', { address: venue, abi, functionName: 'trade', args: [ALICE, quote, signature, size] });
}

/** @source VenueQuotes.sol */
const QUOTE = [
  { name: 'maker', type: 'bytes32' },
  { name: 'kind', type: 'uint8' },
  { name: 'expiry', type: 'uint40' },
  { name: 'strikeWad', type: 'uint88' },
  { name: 'sizeWad', type: 'int120' },
  { name: 'priceWad', type: 'uint128' },
  { name: 'nonce', type: 'uint64' },
  { name: 'deadline', type: 'uint40' },
] as const;
const perpetual: Instrument = { kind: PERPETUAL, expiry: 0n, strikeWad: 0n };

interface Shown {
  readonly protocols: {
    readonly netWad: string;
    readonly protocols: readonly {
      readonly cashWad: string;
      readonly burdenWad: string;
      readonly initialWad: string;
      readonly positions: readonly Record<string, unknown>[];
    }[];
  };
}
const shownOf = async (): Promise<Shown['protocols']['protocols'][number]> => {
  const { output } = await surety('alice', 'account', devnetAccount('alice').address);
  const [one] = (output as unknown as Shown).protocols.protocols;
  if (one === undefined) throw new Error('the account shows no protocol');
  return one;
};

/** An answer of the aggregator may be two seconds old. */
const untilCash = (cashWad: bigint): Promise<true> =>
  waitUntil({
    what: `cash of ${cashWad} at the venue`,
    withinMs: 30_000,
    probe: async () => (BigInt((await shownOf()).cashWad) === cashWad ? true : undefined),
  });

test('two accounts trade perpetuals and options on unified margin, and the whole account has Greeks', async () => {
  const call: Instrument = { kind: CALL, expiry, strikeWad: 4_000n * WAD };
  await trade(perpetual, 5n * WAD, 3_500n * WAD);
  await trade(call, -2n * WAD, 150n * WAD);
  const shown = await shownOf();
  expect(shown).toMatchObject({
    cashWad: String(300n * WAD),
    positions: [
      { symbol: 'ETH', kind: 'perpetual', sizeWad: String(5n * WAD), priceWad: String(3_500n * WAD) },
      { symbol: 'ETH', kind: 'call', sizeWad: String(-2n * WAD), expiry: String(expiry) },
    ],
  });
  expect(BigInt(shown.initialWad)).toBeGreaterThan(1_500n * WAD);
  const greeks = await surety('alice', 'margin', 'greeks', '--account', ALICE, '--markets', marketsFile);
  const { accounts } = greeks.output as {
    accounts: [{ underlyings: { underlying: string; deltas: Record<string, string>; vega: string }[] }];
  };
  const ether = accounts[0].underlyings.find(({ underlying }) => underlying === 'ETH');
  expect(ether?.deltas).toMatchObject({ collateral: '0', perp: String(5n * WAD) });
  // Two calls that were sold, a seventh above the price.
  const options = Number(ether?.deltas['options']) / 1e18;
  expect([options < -0.4, options > -1.2]).toEqual([true, true]);
  expect(BigInt(ether?.vega ?? 0n)).toBeLessThan(0n);
});

test('a gain is a line of the account in the block in which it is settled, and counts', async () => {
  await setPrice(network(), 'ETH', 380_000_000_000n);
  const { riskManager, ledger } = network().plan.settlement;
  await act('alice', { address: riskManager, abi: riskManagerAbi, functionName: 'poke', args: [[ETH]], gas: GAS });
  const assetId = plannedOf(network(), HOME).assetIds[0] ?? 0;
  const lineOf = async (blockNumber?: bigint): Promise<bigint> => {
    const view = { address: ledger, abi: collateralLedgerAbi, functionName: 'lineOf', args: [ALICE, assetId] } as const;
    return (await reader().readContract(blockNumber === undefined ? view : { ...view, blockNumber })).amount;
  };
  // Closes the calls at what they were sold for, and three of five perpetuals at a gain of 300 each.
  await trade({ kind: CALL, expiry, strikeWad: 4_000n * WAD }, 2n * WAD, 150n * WAD);
  await trade(perpetual, -3n * WAD, 3_800n * WAD);
  const before = await lineOf();
  expect(await untilCash(900n * WAD)).toBe(true);
  const settling = { address: venue, abi: perpsAndOptionsAbi, functionName: 'settle' } as const;
  await act('bob', { ...settling, args: [ALICE, await appliedOf(), '0x'], gas: GAS });
  const gained = (await lineOf()) - before;
  // What exceeds the requirement of two perpetuals; at most what was won, advances included.
  expect([gained > 400n * ONE, gained <= 1_380n * ONE]).toEqual([true, true]);
  expect(await untilCash(900n * WAD - gained * 10n ** 12n)).toBe(true);
});

/** Entries of the vault beside the ledger that are applied already. */
async function appliedOf(): Promise<bigint> {
  const { ledger } = network().plan.settlement;
  const view = { address: ledger, abi: collateralLedgerAbi, functionName: 'replicaOf', args: [0] } as const;
  const [, applied] = await reader().readContract(view);
  return applied;
}

test('a trade that neither margin covers is refused with the ledger’s reason', async () => {
  await expect(trade(perpetual, 400n * WAD, 3_800n * WAD)).rejects.toThrow(/MarginTooLow/);
  const shown = { address: venue, abi: perpsAndOptionsAbi, functionName: 'positionsOf', args: [ALICE] } as const;
  const [, , positions] = await reader().readContract(shown);
  expect(positions.map(({ sizeWad }) => sizeWad)).toEqual([2n * WAD]);
});
