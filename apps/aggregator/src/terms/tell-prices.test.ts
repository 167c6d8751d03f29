import { AGGREGATOR_RULES, createMetrics } from '@surety/telemetry';
import { expect, it } from 'vitest';
import { tellPrices } from './tell-prices.js';

type Told = Parameters<typeof tellPrices>[0];

const NOW_S = 1_800_000_000n;
const price = (observedAt: bigint, failing = false) => ({
  price1e12: 1n,
  slow1e12: 1n,
  confPpm: 0,
  maxAgeS: 3_600,
  observedAt,
  failing,
});
/** Three assets, of which two share a price and one has a feed of its own. */
const ASSETS = [
  { assetId: 1, underlying: 1, ownPrice: 0, prices: [price(NOW_S - 600n)] },
  { assetId: 2, underlying: 3, ownPrice: 0, prices: [price(NOW_S - 3_700n)] },
  { assetId: 3, underlying: 3, ownPrice: 9, prices: [price(NOW_S - 3_700n), price(NOW_S - 1n, true)] },
];

/** What is told at a block's time, after a look at each of these conditions of following. */
async function metricsAt(
  timestamp: bigint | undefined,
  overdueS = 0n,
  kinds = ['current'],
  moves = false,
): Promise<string> {
  const stop = new AbortController();
  const metrics = createMetrics({ rules: AGGREGATOR_RULES, defaults: false });
  const terms = new Map(ASSETS.map(({ assetId, prices }) => [assetId, { prices }]));
  const snapshot = timestamp === undefined ? undefined : { block: { timestamp, height: 1n }, terms };
  const follower = { snapshot, books: { assets: new Map(ASSETS.map((one) => [one.assetId, one])) } };
  const underlyings = [
    { id: 1, symbol: 'USD' },
    { id: 3, symbol: 'ETH' },
  ];
  const ledger = { condition: { kind: kinds[0] } };
  let looks = 1;
  const sleep = async (): Promise<void> => {
    ledger.condition.kind = kinds[looks];
    if (moves && snapshot !== undefined) snapshot.block.height += 1n;
    if (looks++ === kinds.length) stop.abort();
  };
  const clock = { nowMs: () => 0, elapsedMs: () => 0, sleep };
  const told = {
    follower,
    age: { overdueS },
    states: { ledger },
    listed: { network: { settlement: { underlyings } } },
    clock,
  } as unknown as Told;
  await tellPrices({ ...told, observer: { observe: (event) => metrics.record(event) } }, stop.signal);
  return metrics.registry.metrics();
}

it('gives the seconds for which each price still counts, by its name or its slot; a failing feed has none', async () => {
  const text = await metricsAt(NOW_S);
  expect(text).toContain('surety_price_left_seconds{underlying="USD"} 3000\n');
  expect(text).toContain('surety_price_left_seconds{underlying="ETH"} -100\n');
  expect(text).toContain('surety_price_left_seconds{underlying="9"} 0\n');
});

it('goes on with the clock once the block is older than finality explains', async () => {
  expect(await metricsAt(NOW_S, 3_001n)).toContain('surety_price_left_seconds{underlying="USD"} -1\n');
});

it.each([
  ['after a start', ['starting', 'starting', 'starting', 'starting', 'starting']],
  ['after a start with a failure', ['starting', 'failing', 'failing', 'failing', 'failing']],
  ['after an outage', ['current', 'failing', 'failing', 'failing', 'failing']],
])(
  'ages no price by the clock while missed blocks are folded %s, and does once the fold stands still',
  async (_, kinds) => {
    const left = async (moves: boolean): Promise<string | undefined> =>
      /left_seconds\{underlying="USD"\} (.+)/.exec(await metricsAt(NOW_S, 3_001n, kinds, moves))?.[1];
    expect([await left(true), await left(false)]).toEqual(['3000', '-1']);
  },
);

it('tells nothing before a block is folded', async () => {
  expect(await metricsAt(undefined)).not.toContain('surety_price_left_seconds{');
});
