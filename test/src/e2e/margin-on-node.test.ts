import { collateralLedgerAbi, ledgerLensAbi } from '@surety/contracts';
import {
  type CollectedCrossings,
  type Devnet,
  type MarginComparison,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  awaitReadiness,
  borrow,
  collectCrossings,
  compareMargins,
  connectWallet,
  followLock,
  lockTokens,
  openCreditLine,
  setPrice,
  waitUntil,
} from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type WebhookReceiver, receiveWebhooks } from './receive-webhooks.js';
import { runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

type Margin = MarginComparison['http'];

/** A margin as a command writes it: integers are text. */
interface ShownMargin {
  readonly grades: Record<'exit' | 'maintenance', { readonly assetsWad: string; readonly requirementWad: string }>;
  readonly lines: readonly { readonly symbol: string; readonly price1e12: string; readonly amount: string }[];
  readonly liquidatable: boolean;
}

const WITHIN_MS = 60_000;
const ALICE = accountOf('alice');
/** Steps of the ladder in basis points of 1. */
const STEPS = [
  ['1.5', 15_000n],
  ['1.2', 12_000n],
  ['1.05', 10_500n],
  ['1', 10_000n],
] as const;
let line: Line;
let devnet: Devnet;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await receiveWebhooks();
  line = await startLine({ environment: receiver.environment });
  devnet = line.devnet;
});

afterAll(async () => {
  await line?.stop();
  receiver?.close();
});

/** The settlement chain without the aggregator. */
function settlement() {
  const reader = devnet.network.readers.get(SETTLEMENT_CHAIN_ID);
  if (reader === undefined) throw new TypeError('the settlement chain has no reader');
  return reader;
}

/** The eight figures of `marginOf` at a block. */
async function marginOf(blockNumber: bigint) {
  const { ledger } = devnet.network.plan.settlement;
  const contract = { address: ledger, abi: collateralLedgerAbi } as const;
  const figures = await settlement().readContract({
    ...contract,
    functionName: 'marginOf',
    args: [ALICE],
    blockNumber,
  });
  const [aI, qI, aE, qE, aM, qM, status, oldestAsOf] = figures;
  return { initial: [aI, qI], exit: [aE, qE], maintenance: [aM, qM], status, oldestAsOf } as const;
}

/** Says that a margin over HTTP is, line by line and sum by sum, what the ledger says at the same block. */
async function expectSameAsLedger(margin: Margin): Promise<void> {
  const { lens } = devnet.network.plan.settlement;
  const { height } = margin.block;
  const lines = await settlement().readContract({
    address: lens,
    abi: ledgerLensAbi,
    functionName: 'marginBreakdown',
    args: [margin.account],
    blockNumber: height,
  });
  const theirs = [...lines].sort((left, right) => left.assetId - right.assetId);
  expect(margin.lines).toHaveLength(theirs.length);
  for (const [at, { assetId, source, margin: one }] of theirs.entries()) {
    const { factors } = one;
    const common = { size: factors.size };
    expect(margin.lines[at]).toMatchObject({
      assetId,
      source,
      amount: one.units,
      amountInitial: one.unitsInitial,
      price1e12: one.price,
      factors: {
        initial: {
          base: factors.baseI,
          source: factors.sourceI,
          freshness: factors.freshI,
          vol: factors.volI,
          ...common,
        },
        exit: { base: factors.baseI, source: factors.sourceM, freshness: factors.freshM },
        maintenance: { base: factors.baseM, source: factors.sourceM, freshness: factors.freshM, vol: factors.volM },
      },
      valueWad: { initial: one.initialWad, exit: one.exitWad, maintenance: one.maintenanceWad },
      status: Number(one.status),
    });
  }
  const sums = await marginOf(height);
  for (const grade of ['initial', 'exit', 'maintenance'] as const) {
    const [assetsWad, requirementWad] = sums[grade];
    expect(margin.grades[grade]).toMatchObject({ assetsWad, requirementWad, freeWad: assetsWad - requirementWad });
  }
  expect([BigInt(margin.status), margin.oldestAsOf]).toEqual([sums.status, sums.oldestAsOf]);
}

async function awaitCrossings(crossings: CollectedCrossings['crossings'], count: number): Promise<string[]> {
  await waitUntil({
    what: `${count} crossings`,
    withinMs: WITHIN_MS,
    probe: async () => crossings.length >= count || undefined,
  });
  return crossings.map(({ step, direction }) => `${direction} ${step}`);
}

test('every line of a margin and every sum are the ledger’s own integers, with and without a debt', async () => {
  for (const request of [
    { chainId: 901, by: 'alice', asset: 'USDC', units: 500_000_000n },
    { chainId: 902, by: 'alice', asset: 'WETH', units: 2n * 10n ** 18n },
  ] as const) {
    const mined = await lockTokens(devnet.network, request);
    await followLock(devnet, { chainId: request.chainId, lock: mined, withinMs: WITHIN_MS });
  }
  const plain = await waitUntil({
    what: 'both lines of alice in her margin',
    withinMs: WITHIN_MS,
    probe: async () => {
      const { http } = await compareMargins(devnet, ALICE);
      return http.lines.length === 2 ? http : undefined;
    },
  });
  await expectSameAsLedger(plain);
  expect(plain).toMatchObject({ healthStep: null, liquidatable: false, mayTakeRisk: true });
  expect(plain.grades.initial.utilisationPpm).toBe(0n);
  expect(plain.deltas).toEqual([
    { underlying: 1, symbols: ['USDC'], deltaWad: 500n * 10n ** 18n, valueWad: 500n * 10n ** 18n },
    { underlying: 3, symbols: ['WETH'], deltaWad: 2n * 10n ** 18n, valueWad: 7_000n * 10n ** 18n },
  ]);
  const creditLine = await openCreditLine(devnet.network, 10_000_000_000n);
  await borrow(devnet.network, creditLine, 'alice', 3_300_000_000n);
  const owing = await waitUntil({
    what: 'the debt of alice in her margin',
    withinMs: WITHIN_MS,
    probe: async () => {
      const margin = await devnet.aggregator.readMargin(ALICE);
      return margin.grades.maintenance.requirementWad > 0n ? margin : undefined;
    },
  });
  await expectSameAsLedger(owing);
  const { initial } = owing.grades;
  expect(initial.utilisationPpm).toBe((initial.requirementWad * 1_000_000n) / initial.assetsWad + 1n);
});

test('surety margin what-if weighs the live account with other prices, holdings and debts', async () => {
  const whatIf = (...args: string[]) =>
    runSurety(['margin', 'what-if', ALICE, ...args], devnet.environmentOf('operator'));
  type Shown = Record<'before' | 'after', ShownMargin>;
  const { before, after } = (await whatIf('--price', 'ETH=-30%', '--amount', 'alpha/USDC=+100'))
    .output as unknown as Shown;
  const { grades } = await devnet.aggregator.readMargin(ALICE);
  expect(BigInt(before.grades.maintenance.assetsWad)).toBe(grades.maintenance.assetsWad);
  const lineOf = ({ lines }: ShownMargin, symbol: string) => lines.find((one) => one.symbol === symbol);
  const [eth, fallen] = [before, after].map((margin) => BigInt(lineOf(margin, 'WETH')?.price1e12 ?? 0));
  expect(fallen).toBe(((eth ?? 0n) * 7n) / 10n);
  expect([before, after].map((margin) => lineOf(margin, 'USDC')?.amount)).toEqual(['500000000', '600000000']);
  const indebted = (await whatIf('--debt', '100')).output as unknown as Shown;
  const requirements = [indebted.before, indebted.after].map(({ grades: { exit } }) => BigInt(exit.requirementWad));
  expect((requirements[1] ?? 0n) - (requirements[0] ?? 0n)).toBe(100n * 10n ** 18n);

  const { falls } = (await whatIf()).output as unknown as { falls: { price: string; margin: ShownMargin }[] };
  expect(falls.map(({ price }) => price)).toEqual(
    ['USD', 'ETH', 'all'].flatMap((symbol) => [10, 20, 30, 50].map((fall) => `${symbol}=-${fall}%`)),
  );
  // ETH at 3,000 is what alice’s debt stands against: half of it is below the last step.
  expect(falls.filter(({ margin }) => margin.liquidatable).map(({ price }) => price)).toEqual(['ETH=-50%', 'all=-50%']);

  for (const [option, value, expected] of [
    ['--price', 'DOGE=-30%', 'no price is called DOGE; expected all or one of '],
    ['--price', 'all=5', 'expected a percentage such as all=-30%'],
    ['--amount', 'WETH=1', 'names 2 assets; expected one of alpha/USDC'],
    ['--debt', 'much', 'expected a decimal number'],
  ] as const) {
    const { code, refusal } = await whatIf(option, value);
    expect([code, refusal?.code, refusal?.message]).toEqual([2, 'BAD_USE', expect.stringContaining(expected)]);
  }
});

test('surety risk judges the whole ledger under falls of prices, and names the largest holders', async () => {
  type Fall = Record<'symbol' | 'shortfallWad' | 'badDebtWad', string> & {
    fallBps: number;
    below: { accounts: number }[];
  };
  type Shown = { debtors: number; falls: Fall[]; holdings: { symbol: string; largest: { account: string }[] }[] };
  const environment = devnet.environmentOf('operator');
  const { falls, holdings } = await waitUntil({
    what: 'the debt of alice in the risk of the ledger',
    withinMs: WITHIN_MS,
    probe: async () => {
      const risk = (await runSurety(['risk'], environment)).output as unknown as Shown;
      return risk.debtors === 1 ? risk : undefined;
    },
  });
  const shown = falls.map(({ symbol, fallBps, below }) => [symbol, fallBps, below.map(({ accounts }) => accounts)]);
  expect(shown).toEqual([
    [null, 0, [0, 0, 0, 0]],
    ['USD', 3_000, [0, 0, 0, 0]],
    ['BTC', 3_000, [0, 0, 0, 0]],
    ['ETH', 3_000, [1, 0, 0, 0]],
    [null, 1_000, [0, 0, 0, 0]],
    [null, 2_000, [1, 0, 0, 0]],
    [null, 3_000, [1, 0, 0, 0]],
    [null, 5_000, [1, 1, 1, 1]],
  ]);
  const half = (await runSurety(['margin', 'what-if', ALICE, '--price', 'all=-50%'], environment))
    .output as unknown as {
    after: ShownMargin;
  };
  const { assetsWad, requirementWad } = half.after.grades.maintenance;
  // The debt grows by interest from the block at which it was judged.
  const grown = BigInt(requirementWad) - BigInt(assetsWad) - BigInt(falls.at(-1)?.shortfallWad ?? 0);
  expect(grown).toBeGreaterThanOrEqual(0n);
  expect(grown).toBeLessThan(10n ** 16n);
  const weth = holdings.find(({ symbol, largest }) => symbol === 'WETH' && largest.length > 0);
  expect(weth?.largest[0]?.account).toBe(ALICE);
});

test('each step of the ladder is told once on the stream and by webhook, with the ledger’s figures, over a restart too', async () => {
  const first = collectCrossings(devnet);
  await setPrice(devnet.network, 'ETH', 255_000_000_000n);
  expect(await awaitCrossings(first.crossings, 1)).toEqual(['down 1.5']);
  await setPrice(devnet.network, 'ETH', 205_000_000_000n);
  expect(await awaitCrossings(first.crossings, 2)).toEqual(['down 1.5', 'down 1.2']);
  first.stop();
  await devnet.running('aggregator')?.kill();
  await setPrice(devnet.network, 'ETH', 165_000_000_000n);
  // What the receiver refused so far, the next process has to deliver.
  expect(receiver.refusals()).toBeGreaterThan(0);
  receiver.open();
  await awaitReadiness(await devnet.start('aggregator', 1, receiver.environment), 30_000);
  // Killed before it noted what it told, an aggregator tells it once more, with the same block.
  const second = collectCrossings(devnet, first.crossings);
  expect(await awaitCrossings(second.crossings, 2)).toEqual(['down 1.05', 'down 1']);
  const margin = await devnet.aggregator.readMargin(ALICE);
  expect(margin).toMatchObject({ healthStep: '1', liquidatable: true });
  await setPrice(devnet.network, 'ETH', 350_000_000_000n);
  expect((await awaitCrossings(second.crossings, 6)).slice(2)).toEqual(['up 1', 'up 1.05', 'up 1.2', 'up 1.5']);
  second.stop();
  for (const { account, aM, qM, block, step, direction } of [...first.crossings, ...second.crossings]) {
    expect([account, [aM, qM]]).toEqual([ALICE, (await marginOf(block.height)).maintenance]);
    const [, bps = 0n] = STEPS.find(([name]) => name === step) ?? [];
    expect(aM * 10_000n < qM * bps).toBe(direction === 'down');
  }
  await waitUntil({
    what: 'every message',
    withinMs: WITHIN_MS,
    probe: async () => receiver.taken.length > 8 || undefined,
  });
  const [crossed, others] = [true, false].map((is) =>
    receiver.taken.filter(({ type }) => (type === 'health.crossed') === is),
  );
  expect(others?.map(({ type }) => type)).toEqual(['endpoint.added']);
  // The secret by which the receiver took them is the one that its operator was given.
  const shown = await runSurety(fromRunbook('19', 'npx surety webhook secrets'), {
    ...devnet.environmentOf('operator'),
    ...receiver.environment,
  });
  expect(shown.output['receivers']).toMatchObject([{ number: 1, secret: receiver.secret }]);
  const tested = await runSurety(fromRunbook('19', 'npx surety webhook test'), {
    ...devnet.environmentOf('operator'),
    ...receiver.environment,
  });
  expect(tested.output['receivers']).toMatchObject([{ number: 1, taken: true, problem: null }]);
  expect(receiver.taken.at(-1)).toMatchObject({ type: 'endpoint.tested', data: { number: 1 } });
  const told = [...first.crossings, ...second.crossings].map(({ step, direction }) => `${direction} ${step}`);
  expect(crossed?.map(({ data }) => `${String(data['direction'])} ${String(data['step'])}`)).toEqual(told);
  const metrics = await (await fetch(`${devnet.aggregatorUrl}/metrics`)).text();
  expect(metrics).toContain('surety_health_crossings_total{step="1",direction="down"');
});

test('a maintenance weight that falls weighs the same in the aggregator as in the ledger, at every block', async () => {
  const wallet = connectWallet(
    devnet.network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '',
    SETTLEMENT_CHAIN_ID,
    'governor',
  );
  const before = await devnet.aggregator.readMargin(ALICE);
  const weth = before.lines.find(({ symbol }) => symbol === 'WETH');
  const contract = { address: devnet.network.plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  const hash = await wallet.writeContract({
    ...contract,
    functionName: 'setWeights',
    args: [weth?.assetId ?? 0, 7_500, 8_000],
  });
  await settlement().waitForTransactionReceipt({ hash });
  const baseOf = ({ lines }: Margin): number =>
    lines.find(({ symbol }) => symbol === 'WETH')?.factors.maintenance.base ?? 0;
  const scheduled = await waitUntil({
    what: 'the new initial weight',
    withinMs: WITHIN_MS,
    probe: async () => {
      const margin = await devnet.aggregator.readMargin(ALICE);
      return margin.parameters === before.parameters ? undefined : margin;
    },
  });
  await expectSameAsLedger(scheduled);
  // 250 basis points a day are one in 346 seconds: half an hour later five have gone, and no log says so.
  await devnet.network.nodes.get(SETTLEMENT_CHAIN_ID)?.call('evm_increaseTime', [1_800]);
  const fallen = await waitUntil({
    what: 'a lower maintenance weight',
    withinMs: WITHIN_MS,
    probe: async () => {
      const margin = await devnet.aggregator.readMargin(ALICE);
      return baseOf(margin) < baseOf(scheduled) ? margin : undefined;
    },
  });
  expect(baseOf(fallen)).toBe(baseOf(scheduled) - 500);
  await expectSameAsLedger(fallen);
});
