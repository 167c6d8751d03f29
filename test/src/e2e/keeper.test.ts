import { awaitReadiness, readDebt, setPrice, waitUntil } from '@surety/devnet';
import type { Hex } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALICE, BOB, type CreditScene, ONE_ETH, WITHIN_MS, startCreditLine } from './start-credit-line.js';

let scene: CreditScene;

beforeAll(async () => {
  scene = await startCreditLine();
});
afterAll(() => scene?.line.stop());

/** Seconds at which an account's auction started, 0 without one. */
async function startOf(account: Hex): Promise<number> {
  const { reader, auction } = scene;
  return (await reader.readContract({ ...auction, functionName: 'auctionOf', args: [account] })).startedAt;
}

test('a keeper that is killed in between starts an auction and bids for its own account', async () => {
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

  const exit = await readExit(ALICE);
  expect(exit.assets).toBeGreaterThanOrEqual(exit.required);
  const taken = (await etherOf(BOB)) - 4n * ONE_ETH;
  expect(taken).toBeGreaterThan(0n);
  expect(await etherOf(ALICE)).toBe(2n * ONE_ETH - taken);
  expect((await readDebt(network, credit, 'bob')).debt).toBeGreaterThan(0n);
  const fills = await reader.getContractEvents({ ...auction, eventName: 'Taken', fromBlock: 0n });
  expect(fills.map(({ args }) => [args.account, args.to])).toEqual([[ALICE, BOB]]);
  expect(fills[0]?.args.ppm).toBeGreaterThanOrEqual(0n);
});
