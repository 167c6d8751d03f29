import { createAggregatorClient } from '@surety/client';
import { creditLineAbi } from '@surety/contracts';
import {
  devnetAccount,
  followRelease,
  readDebt,
  readTokenBalance,
  requestRelease,
  setPrice,
  waitUntil,
} from '@surety/devnet';
import { address } from '@surety/domain';
import type { Hex } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { ALICE, BETA, BOB, type CreditScene, ONE_ETH, WITHIN_MS, startCreditLine } from './start-credit-line.js';

let scene: CreditScene;

beforeAll(async () => {
  scene = await startCreditLine();
});
afterAll(() => scene?.line.stop());

const surety = (by: 'bob' | 'relayerB', ...args: string[]): Promise<Answer> =>
  runSurety(args, { ...scene.line.devnet.environmentOf('operator'), SURETY_KEY: devnetAccount(by).key });
/** What the command line shows of Alice's account. */
const shown = async (): Promise<unknown> => (await surety('relayerB', 'auction', 'show', ALICE)).output;

test('what is locked elsewhere pays a lender here in a crash, and its taker takes it out there', async () => {
  const { line, credit, reader, ledger, auction, etherOf, readExit } = scene;
  const { network } = line.devnet;
  expect(address(await reader.readContract({ ...ledger, functionName: 'auction' }))).toBe(auction.address);
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
  const aggregator = createAggregatorClient({ url: line.devnet.aggregatorUrl, timeoutMs: WITHIN_MS });
  const { auctions, next } = await aggregator.readAuctions(undefined);
  expect(next).toBeNull();
  expect(auctions.find(({ account }) => account === ALICE)).toMatchObject({
    starter: devnetAccount('relayerB').address.toLowerCase(),
    taken: false,
    offers: [{ protocol: credit.address, wait: null, lines: [{}] }],
  });
  const [before, debt] = [await etherOf(BOB), (await readDebt(network, credit, 'alice')).debt];
  const bid = ['auction', 'bid', '--account', ALICE, '--protocol', credit.address, '--to', BOB];
  expect((await surety('bob', ...bid, '--discount-min', '-10000', '--yes')).refusal).toBeUndefined();

  const exit = await readExit(ALICE);
  expect(exit.assets).toBeGreaterThanOrEqual(exit.required);
  const ended = await reader.readContract({ ...auction, functionName: 'auctionOf', args: [ALICE] });
  expect(ended.startedAt).toBe(0);
  expect(await aggregator.readAuction(BOB)).toBeNull();
  const taken = (await etherOf(BOB)) - before;
  expect(taken).toBeGreaterThan(0n);
  expect([await etherOf(ALICE), await etherOf(BOB)]).toEqual([2n * ONE_ETH - taken, 4n * ONE_ETH + taken]);
  const owed = (await readDebt(network, credit, 'bob')).debt;
  expect(owed).toBeGreaterThan(debt - (await readDebt(network, credit, 'alice')).debt);
  const lost = { address: credit.address, abi: creditLineAbi, functionName: 'writtenOff', args: [ALICE] } as const;
  expect(await reader.readContract(lost)).toBe(0n);

  const purse = { chainId: BETA, asset: 'WETH', holder: devnetAccount('bob').address } as const;
  const held = await readTokenBalance(network, purse);
  const release = await requestRelease(network, { chainId: BETA, by: 'bob', asset: 'WETH', units: taken });
  await followRelease(line.devnet, { release, withinMs: WITHIN_MS });
  expect((await readTokenBalance(network, purse)) - held).toBe(taken);
});
