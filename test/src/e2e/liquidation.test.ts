import { collateralLedgerAbi, creditLineAbi, liquidationAuctionAbi } from '@surety/contracts';
import {
  type OpenCreditLine,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  assetIdOf,
  borrow,
  connectWallet,
  devnetAccount,
  followLock,
  followRelease,
  lockTokens,
  openCreditLine,
  readDebt,
  readTokenBalance,
  requestRelease,
  setPrice,
  waitUntil,
} from '@surety/devnet';
import { address } from '@surety/domain';
import type { Hex, PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const WITHIN_MS = 60_000;
const BETA = 902;
const ONE_ETH = 10n ** 18n;
const [ALICE, BOB] = [accountOf('alice'), accountOf('bob')];
let line: Line;
let credit: OpenCreditLine;

beforeAll(async () => {
  line = await startLine();
  const { network } = line.devnet;
  for (const [by, units] of [
    ['alice', 2n * ONE_ETH],
    ['bob', 4n * ONE_ETH],
  ] as const) {
    const lock = await lockTokens(network, { chainId: BETA, by, asset: 'WETH', units });
    await followLock(line.devnet, { chainId: BETA, lock, withinMs: WITHIN_MS });
  }
  credit = await openCreditLine(network, 10_000_000_000n);
});

afterAll(() => line?.stop());

const at = () => line.devnet.network.plan.settlement;
const reader = (): PublicClient => line.devnet.network.readers.get(SETTLEMENT_CHAIN_ID) as PublicClient;
const ledger = () => ({ address: at().ledger, abi: collateralLedgerAbi }) as const;
const auction = () => ({ address: at().auction, abi: liquidationAuctionAbi }) as const;
const surety = (by: 'bob' | 'relayerB', ...args: string[]): Promise<Answer> =>
  runSurety(args, { ...line.devnet.environmentOf('operator'), SURETY_KEY: devnetAccount(by).key });
/** What the command line shows of Alice's account. */
const shown = async (): Promise<unknown> => (await surety('relayerB', 'auction', 'show', ALICE)).output;

async function mined(sent: Promise<Hex>): Promise<void> {
  const { status } = await reader().waitForTransactionReceipt({ hash: await sent });
  expect(status).toBe('success');
}

/** Units of ether on an account's line. */
async function etherOf(account: Hex): Promise<bigint> {
  const args = [account, assetIdOf(line.devnet.network, { chainId: BETA, asset: 'WETH' })] as const;
  return (await reader().readContract({ ...ledger(), functionName: 'lineOf', args })).amount;
}

test('what is locked elsewhere pays a lender here in a crash, and its taker takes it out there', async () => {
  const { network } = line.devnet;
  expect(address(await reader().readContract({ ...ledger(), functionName: 'auction' }))).toBe(at().auction);
  await borrow(network, credit, 'alice', 4_800_000_000n);
  const optIn = { ...ledger(), functionName: 'optIn', args: [BOB, credit.address] } as const;
  const url = line.devnet.network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '';
  await mined(connectWallet(url, SETTLEMENT_CHAIN_ID, 'bob').writeContract(optIn));
  const start = ['auction', 'start', '--account', devnetAccount('alice').address, '--yes'];
  expect((await surety('relayerB', ...start)).refusal?.message).toContain('AccountHealthy');
  expect(await shown()).toMatchObject({ record: null, next: { kind: 'wait', reason: 'AccountHealthy' } });

  await setPrice(network, 'ETH', 298_000_000_000n);
  expect(await shown()).toMatchObject({ record: null, next: { kind: 'start' } });
  expect(await surety('relayerB', ...start)).toMatchObject({ code: 0 });

  expect(await shown()).toMatchObject({ claims: [{ protocol: credit.address, offer: { kind: 'open' } }] });
  await waitUntil({
    what: 'the account in the list of auctions',
    withinMs: WITHIN_MS,
    probe: async () => {
      const { output } = await surety('relayerB', 'auctions');
      return (output['auctions'] as { account: Hex }[]).find(({ account }) => account === ALICE);
    },
  });
  const [before, debt] = [await etherOf(BOB), (await readDebt(network, credit, 'alice')).debt];
  const bid = ['auction', 'bid', '--account', ALICE, '--protocol', credit.address, '--to', BOB];
  expect((await surety('bob', ...bid, '--discount-min', '-10000', '--yes')).refusal).toBeUndefined();

  const [, , exitAssets, required] = await reader().readContract({
    ...ledger(),
    functionName: 'marginOf',
    args: [ALICE],
  });
  expect(exitAssets).toBeGreaterThanOrEqual(required);
  const ended = await reader().readContract({ ...auction(), functionName: 'auctionOf', args: [ALICE] });
  expect(ended.startedAt).toBe(0);
  const taken = (await etherOf(BOB)) - before;
  expect(taken).toBeGreaterThan(0n);
  expect([await etherOf(ALICE), await etherOf(BOB)]).toEqual([2n * ONE_ETH - taken, 4n * ONE_ETH + taken]);
  const owed = (await readDebt(network, credit, 'bob')).debt;
  expect(owed).toBeGreaterThan(debt - (await readDebt(network, credit, 'alice')).debt);
  const lost = { address: credit.address, abi: creditLineAbi, functionName: 'writtenOff', args: [ALICE] } as const;
  expect(await reader().readContract(lost)).toBe(0n);

  const purse = { chainId: BETA, asset: 'WETH', holder: devnetAccount('bob').address } as const;
  const held = await readTokenBalance(network, purse);
  const release = await requestRelease(network, { chainId: BETA, by: 'bob', asset: 'WETH', units: taken });
  await followRelease(line.devnet, { release, withinMs: WITHIN_MS });
  expect((await readTokenBalance(network, purse)) - held).toBe(taken);
});
