import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeploymentPlan } from '@surety/contracts';
import { type LocalNetwork, devnetAccount, setPrice } from '@surety/devnet';
import { createShadowBoard } from '@surety/prices';
import { systemClock } from '@surety/process';
import { createChainReads, createRpc } from '@surety/transactions';
import type { ShadowBoard, ShadowReading } from '@surety/workflows';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { later, startBehindTimelocks } from './timelocked-deployment.js';

const SETTLEMENT = 900;
const [BTC, ETH] = [2, 3];
const folder = mkdtempSync(join(tmpdir(), 'surety-shadows-'));
let network: LocalNetwork;
let plan: DeploymentPlan;
let environment: Record<string, string>;
let board: ShadowBoard;

beforeAll(async () => {
  ({ network, plan, environment } = await startBehindTimelocks(folder));
  board = boardOf(plan.settlement.riskManager);
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function boardOf(
  riskManager: DeploymentPlan['settlement']['riskManager'],
  reader = network.readers.get(SETTLEMENT) as PublicClient,
): ShadowBoard {
  const url = network.nodes.get(SETTLEMENT)?.url ?? '';
  const place = {
    chainId: SETTLEMENT,
    endpoints: [{ name: 'settlement-1', url }],
    timeoutMs: 10_000,
    clock: systemClock,
  };
  return createShadowBoard({
    reads: createChainReads(createRpc(place), []),
    reader,
    riskManager,
    limits: { logRangeMax: 1_000 },
  });
}

const feedOf = (slot: number): string => plan.settlement.prices[slot - 1]?.feed.toLowerCase() ?? '';
const surety = (by: 'governor' | 'guardian', line: string): Promise<Answer> =>
  runSurety(line.split(' '), { ...environment, SURETY_KEY: devnetAccount(by).key });

/** Schedules a feed for the slot of ether. */
async function schedule(feed: string): Promise<void> {
  const act = `prices list-underlying --slot ${ETH} --feed ${feed} --max-age 3600 --schedule --yes`;
  const { code, refusal } = await surety('governor', act);
  expect([code, refusal]).toEqual([0, undefined]);
}

describe('feeds that wait in the timelock of prices', () => {
  it('are none while nothing waits, and under a governor that is no timelock', async () => {
    const none = { readings: [], unseen: [] };
    expect(await board.readShadows()).toEqual(none);
    expect(await boardOf(network.plan.settlement.riskManager).readShadows()).toEqual(none);
  });

  it('are read beside the price that counts: one that agrees, another asset’s, and a contract that gives none', async () => {
    for (const feed of [feedOf(ETH), feedOf(BTC), plan.settlement.ledger]) await schedule(feed);
    // No feed, and not of prices: it is passed over.
    await surety('governor', 'ledger set-cap --asset alpha:USDC --cap 60000000 --as governor --schedule --yes');
    await setPrice(network, 'ETH', 351_000_000_000n);
    const { readings: shadows, unseen } = await board.readShadows();
    expect(unseen).toEqual([]);
    const counted1e12 = 3_500_000_000_000_000n;
    expect(shadows.map((one) => ({ ...one, readyAt: 0n }))).toEqual(
      [
        [feedOf(ETH), { kind: 'price', price1e12: 3_510_000_000_000_000n, observedAt: expect.any(BigInt) }],
        [feedOf(BTC), { kind: 'price', price1e12: 65_000_000_000_000_000n, observedAt: expect.any(BigInt) }],
        [plan.settlement.ledger.toLowerCase(), { kind: 'failing', name: expect.any(String) }],
      ].map(([feed, price]) => ({ slot: ETH, feed, readyAt: 0n, price, counted1e12 })),
    );
    const now = (await network.readers.get(SETTLEMENT)?.getBlock())?.timestamp ?? 0n;
    for (const { readyAt } of shadows) expect(readyAt - now).toBeGreaterThan(6n * 86_400n);
  });

  it('are unseen operations to a provider that keeps no logs so old', async () => {
    const reader = network.readers.get(SETTLEMENT) as PublicClient;
    const forgetful: PublicClient = { ...reader, getLogs: () => Promise.resolve([]) };
    const { readings, unseen } = await boardOf(plan.settlement.riskManager, forgetful).readShadows();
    // The cap waits there, too: without its call nobody can say that it lists no feed.
    expect([readings, unseen.map(({ readyAt }) => readyAt > 0n)]).toEqual([[], [true, true, true, true]]);
    const { output } = await surety('governor', 'timelock list --chain settlement');
    const [settlement] = output['timelocks'] as { operations: { id: string }[] }[];
    expect(unseen.map(({ operation }) => operation).toSorted()).toEqual(
      (settlement?.operations ?? []).map(({ id }) => id).toSorted(),
    );
  });

  it('wait no longer once one is cancelled, and another has taken over', async () => {
    const { output } = await surety('governor', 'timelock list --chain settlement');
    const [settlement] = output['timelocks'] as { operations: { id: string; acts: string[] }[] }[];
    const operations = settlement?.operations ?? [];
    const wrong = operations.find(({ acts }) => acts.join().toLowerCase().includes(feedOf(BTC)));
    const cancel = `timelock cancel ${wrong?.id} --chain settlement --yes`;
    expect((await surety('guardian', cancel)).refusal).toBeUndefined();
    const feeds = async () => (await board.readShadows()).readings.map(({ feed }: ShadowReading) => feed);
    expect(await feeds()).toEqual([feedOf(ETH), plan.settlement.ledger.toLowerCase()]);
    await later(network, 7 * 86_400);
    const right = operations.find(({ acts }) => acts.join().toLowerCase().includes(feedOf(ETH)));
    expect(
      (await surety('governor', `timelock execute ${right?.id} --chain settlement --yes`)).refusal,
    ).toBeUndefined();
    expect(await feeds()).toEqual([plan.settlement.ledger.toLowerCase()]);
  });
});
