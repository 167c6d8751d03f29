import {
  SETTLEMENT_CHAIN_ID,
  accountOf,
  awaitReadiness,
  borrow,
  followLock,
  lockTokens,
  readDebt,
  setPrice,
  waitUntil,
} from '@surety/devnet';
import type { Hex } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALICE, BETA, BOB, type CreditScene, ONE_ETH, WITHIN_MS, startCreditLine } from './start-credit-line.js';

const CAROL = accountOf('faucet');

let scene: CreditScene;

beforeAll(async () => {
  scene = await startCreditLine();
  const { devnet } = scene.line;
  // Carol owes what Alice owes, against the same collateral.
  const lock = await lockTokens(devnet.network, { chainId: BETA, by: 'faucet', asset: 'WETH', units: 2n * ONE_ETH });
  await followLock(devnet, { chainId: BETA, lock, withinMs: WITHIN_MS });
  await borrow(devnet.network, scene.credit, 'faucet', 4_800_000_000n);
});
afterAll(() => scene?.line.stop());

/** Seconds at which an account's auction started, 0 without one. */
async function startOf(account: Hex): Promise<number> {
  const { reader, auction } = scene;
  return (await reader.readContract({ ...auction, functionName: 'auctionOf', args: [account] })).startedAt;
}

test('a keeper that is killed in between, with a provider that stands still, starts an auction and bids for its own account', async () => {
  const { line, credit, reader, auction, etherOf, readExit } = scene;
  const { devnet } = line;
  const { network } = devnet;
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
  // The provider that it prefers follows the chain no further, and would never show the fall.
  const still = devnet.endpointOf({ role: 'keeper', chainId: SETTLEMENT_CHAIN_ID, provider: 1 });
  devnet.proxy.arm(still, [{ kind: 'stands-still' }]);

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
    what: 'end of both auctions',
    withinMs: WITHIN_MS,
    probe: async () => ((await startOf(ALICE)) + (await startOf(CAROL)) === 0 ? true : undefined),
  });

  expect(devnet.proxy.counts(still).told).toHaveProperty('stands-still of newest-block');
  for (const account of [ALICE, CAROL]) {
    const exit = await readExit(account);
    expect(exit.assets).toBeGreaterThanOrEqual(exit.required);
    expect(await etherOf(account)).toBeLessThan(2n * ONE_ETH);
  }
  expect((await etherOf(ALICE)) + (await etherOf(CAROL)) + (await etherOf(BOB))).toBe(8n * ONE_ETH);
  expect((await readDebt(network, credit, 'bob')).debt).toBeGreaterThan(0n);
  const fills = await reader.getContractEvents({ ...auction, eventName: 'Taken', fromBlock: 0n });
  expect(new Map(fills.map(({ args }) => [args.account, args.to]))).toEqual(
    new Map([
      [ALICE, BOB],
      [CAROL, BOB],
    ]),
  );
  for (const { args } of fills) expect(args.ppm).toBeGreaterThanOrEqual(0n);
  const starts = await reader.getContractEvents({ ...auction, eventName: 'Started', fromBlock: 0n });
  const transactionsOf = (logs: readonly { readonly transactionHash: Hex }[]) =>
    new Set(logs.map(({ transactionHash }) => transactionHash)).size;
  // What starts together is due together: interest of some seconds moves no clock.
  expect(transactionsOf(fills)).toBeLessThanOrEqual(transactionsOf(starts));
});
