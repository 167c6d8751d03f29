import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DeploymentPlan, collateralLedgerAbi } from '@surety/contracts';
import { type AccountName, type LocalNetwork, devnetAccount } from '@surety/devnet';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { later, startBehindTimelocks } from './timelocked-deployment.js';

const SETTLEMENT = 900;
const DAY_S = 86_400;
const DAYS = 120;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-propose-'));
let network: LocalNetwork;
let plan: DeploymentPlan;
let environment: Record<string, string>;

beforeAll(async () => {
  ({ network, plan, environment } = await startBehindTimelocks(folder));
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const surety = (by: AccountName | null, words: readonly string[]): Promise<Answer> =>
  runSurety(words, { ...environment, ...(by === null ? {} : { SURETY_KEY: devnetAccount(by).key }) });

interface Proposed {
  readonly pricesHash: string;
  readonly evidence: Readonly<Record<string, { readonly returns: number; readonly vols: { readonly used: string } }>>;
  readonly skipped: Readonly<Record<string, string>>;
  readonly proposals: readonly {
    readonly asset: string;
    readonly assetId: number;
    readonly initialBp: number;
    readonly proposedBp: number;
    readonly maintenanceBp: number;
    readonly run: string | null;
  }[];
}

async function propose(...args: string[]): Promise<Proposed> {
  const { code, output, refusal } = await surety(null, ['params', 'propose', ...args]);
  expect([code, refusal]).toEqual([0, undefined]);
  return output as unknown as Proposed;
}

/** A file of prices whose days move by so many per cent, up and down. */
function recorded(name: string, moves: Readonly<Record<string, number>>): string {
  const file = path.join(folder, name);
  const rows = (percent: number): string[][] =>
    Array.from({ length: DAYS + 1 }, (_, day) => [
      String(1_700_000_000 + day * DAY_S),
      (day % 2 === 0 ? 1_000 : 1_000 * (1 + percent / 100)).toFixed(6),
    ]);
  writeFileSync(
    file,
    JSON.stringify(Object.fromEntries(Object.entries(moves).map(([symbol, of]) => [symbol, rows(of)]))),
  );
  return file;
}

const weightsOf = async (assetId: number): Promise<readonly [initial: number, maintenance: number]> => {
  const reader = network.readers.get(SETTLEMENT) as PublicClient;
  const ledger = { address: plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  const { terms } = await reader.readContract({ ...ledger, functionName: 'assetOf', args: [assetId] });
  return [terms.initialBp, terms.maintenanceBp];
};
const of = ({ proposals }: Proposed, asset: string): Proposed['proposals'][number] => {
  const found = proposals.find((one) => one.asset === asset);
  if (found === undefined) throw new Error(`no proposal of ${asset}`);
  return found;
};
const typed = (run: string | null): string[] => (run ?? '').split(' ').slice(1);

test('of a day of prices on chain nothing is proposed, and it says what is missing', async () => {
  const { skipped, proposals } = await propose();
  expect(proposals).toEqual([]);
  expect(skipped['ETH']).toMatch(/days? of prices give 0 returns; expected 30 at least/);
});

test('a volatile underlying weighs less at once by the risk admin’s act, and nobody is liquidated by it', async () => {
  const wild = await propose('--prices', recorded('wild.json', { ETH: 7, BTC: 1, USD: 0 }));
  expect(wild.evidence['ETH']?.returns).toBe(DAYS);
  expect(wild.pricesHash).toMatch(/^0x[0-9a-f]{64}$/);
  const ether = of(wild, 'beta:WETH');
  const [before] = await weightsOf(ether.assetId);
  expect(ether).toMatchObject({ initialBp: before, maintenanceBp: 8_500 });
  // About 1 − 3.5 · 7 %.
  expect(ether.proposedBp).toBeGreaterThanOrEqual(7_400);
  expect(ether.proposedBp).toBeLessThanOrEqual(7_700);
  expect(wild.proposals.filter(({ asset }) => /WBTC|USDC/.test(asset)).map(({ run }) => run)).not.toContainEqual(
    expect.any(String),
  );
  expect((await surety('alice', [...typed(ether.run), '--yes'])).refusal?.code).toBe('ACT_REFUSED');
  expect((await surety('riskAdmin', [...typed(ether.run), '--yes'])).refusal).toBeUndefined();
  expect(await weightsOf(ether.assetId)).toEqual([ether.proposedBp, 8_500]);
});

test('calm prices raise it to the ceiling that is given, by the governor behind the timelock', async () => {
  const calm = recorded('calm.json', { ETH: 3 });
  expect(of(await propose('--prices', calm), 'beta:WETH').run).toBeNull();
  const ether = of(await propose('--prices', calm, '--up-to', 'beta:WETH=8000'), 'beta:WETH');
  expect(ether).toMatchObject({ proposedBp: 8_000, run: expect.stringContaining('--as governor --schedule') });
  expect((await surety('governor', [...typed(ether.run), '--yes'])).refusal).toBeUndefined();
  expect((await weightsOf(ether.assetId))[0]).toBeLessThan(8_000);
  await later(network, 2 * DAY_S);
  const execute = typed(ether.run).map((word) => (word === '--schedule' ? '--execute' : word));
  expect((await surety('alice', [...execute, '--yes'])).refusal).toBeUndefined();
  expect(await weightsOf(ether.assetId)).toEqual([8_000, 8_500]);
});

test.each<[why: string, args: readonly string[], reason: RegExp]>([
  [
    'an asset that is none',
    ['--up-to', 'beta:DOGE=8000'],
    /--up-to beta:DOGE=8000 names no asset; expected .*beta:WETH/,
  ],
  ['a ceiling above what a ledger takes', ['--up-to', 'beta:WETH=9501'], /expected a whole number from 1 to 9500/],
  ['sigmas that are no number', ['--sigmas', '0'], /--sigmas is 0; expected a number from 1 to 10/],
  ['no days', ['--days', '0'], /--days is "0"; expected a whole number from 1 to 3650/],
])('refuses %s', async (_why, args, reason) => {
  const { code, refusal } = await surety(null, ['params', 'propose', ...args]);
  expect([code, refusal?.code]).toEqual([2, 'BAD_USE']);
  expect(refusal?.message).toMatch(reason);
});

test('refuses a file with an underlying that nobody knows, or rows that are none', async () => {
  for (const [content, reason] of [
    ['{"DOGE":[]}', /prices\.DOGE is no underlying; expected one of USD/],
    ['{"ETH":[["soon","1"]]}', /prices\.ETH\[0\] is \["soon","1"\]; expected \["<seconds>","<price>"\]/],
    ['{"ETH":7}', /prices\.ETH is no list/],
  ] as const) {
    const file = path.join(folder, 'bad.json');
    writeFileSync(file, content);
    const { code, refusal } = await surety(null, ['params', 'propose', '--prices', file]);
    expect([code, refusal?.code]).toEqual([2, 'NOT_JSON']);
    expect(refusal?.message).toMatch(reason);
  }
});
