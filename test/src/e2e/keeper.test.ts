import { collateralLedgerAbi, liquidationAuctionAbi } from '@surety/contracts';
import {
  type OpenCreditLine,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  assetIdOf,
  awaitReadiness,
  borrow,
  connectWallet,
  followLock,
  lockTokens,
  openCreditLine,
  readDebt,
  setPrice,
  waitUntil,
} from '@surety/devnet';
import type { Hex, PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

/** Seconds at which an account's auction started, 0 without one. */
async function startOf(account: Hex): Promise<number> {
  return (await reader().readContract({ ...auction(), functionName: 'auctionOf', args: [account] })).startedAt;
}

/** Units of ether on an account's line. */
async function etherOf(account: Hex): Promise<bigint> {
  const args = [account, assetIdOf(line.devnet.network, { chainId: BETA, asset: 'WETH' })] as const;
  return (await reader().readContract({ ...ledger(), functionName: 'lineOf', args })).amount;
}

test('a keeper that is killed in between starts an auction and bids for its own account', async () => {
  const { devnet } = line;
  const { network } = devnet;
  await borrow(network, credit, 'alice', 4_800_000_000n);
  const bob = connectWallet(network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '', SETTLEMENT_CHAIN_ID, 'bob');
  const hash = await bob.writeContract({ ...ledger(), functionName: 'optIn', args: [BOB, credit.address] });
  expect((await reader().waitForTransactionReceipt({ hash })).status).toBe('success');
  const environment = {
    SURETY_KEEPER_BID: 'yes',
    SURETY_KEEPER_PROTOCOLS: credit.address,
    // Reached 40 seconds on the clock: 30 of them are the head start of an account that misses 1.5 %.
    SURETY_KEEPER_LEAST_PPM: '0',
    SURETY_KEEPER_BURDEN_MAX: '10000',
    SURETY_KEEPER_TOTAL_MAX: '20000',
  };
  await awaitReadiness(await devnet.start('keeper', 1, environment), WITHIN_MS);
  expect(await startOf(ALICE)).toBe(0);

  await setPrice(network, 'ETH', 298_000_000_000n);
  const startedAt = await waitUntil({
    what: 'auction of alice',
    withinMs: WITHIN_MS,
    probe: async () => (await startOf(ALICE)) || undefined,
  });
  await devnet.running('keeper')?.kill();
  expect(await startOf(ALICE)).toBe(startedAt);
  await devnet.start('keeper', 1, environment);
  await waitUntil({
    what: 'end of the auction',
    withinMs: WITHIN_MS,
    probe: async () => ((await startOf(ALICE)) === 0 ? true : undefined),
  });

  const [, , exitAssets, required] = await reader().readContract({
    ...ledger(),
    functionName: 'marginOf',
    args: [ALICE],
  });
  expect(exitAssets).toBeGreaterThanOrEqual(required);
  const taken = (await etherOf(BOB)) - 4n * ONE_ETH;
  expect(taken).toBeGreaterThan(0n);
  expect(await etherOf(ALICE)).toBe(2n * ONE_ETH - taken);
  expect((await readDebt(network, credit, 'bob')).debt).toBeGreaterThan(0n);
  const fills = await reader().getContractEvents({ ...auction(), eventName: 'Taken', fromBlock: 0n });
  expect(fills.map(({ args }) => [args.account, args.to])).toEqual([[ALICE, BOB]]);
  expect(fills[0]?.args.ppm).toBeGreaterThanOrEqual(0n);
});
