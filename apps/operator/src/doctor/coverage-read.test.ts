import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi, riskManagerAbi } from '@surety/contracts';
import { systemClock } from '@surety/process';
import {
  type Abi,
  type AbiFunction,
  type Hex,
  decodeFunctionData,
  encodeFunctionResult,
  erc20Abi,
  numberToHex,
} from 'viem';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { serveAnswers } from '../testing/serve-answers.js';
import { runSurety } from '../testing/run-surety.js';
import { serveMethods } from '../testing/serve-landing.js';

const WAD = 10n ** 18n;
const UNITS = 1_000_000_000_000n;
const TIME_S = 1_800_000_000;
const folder = mkdtempSync(join(tmpdir(), 'surety-coverage-'));
const file = join(folder, 'chains.config.json');
const closing: (() => void)[] = [];
writeFileSync(file, JSON.stringify({ ...exampleNetwork(), profile: 'development' }));
afterEach(() => closing.splice(0).forEach((close) => close()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Encodes the answer of a view: these members by name or place, and nothing in the others. */
function answerOf(item: AbiFunction, members: Readonly<Record<string, unknown>> = {}): Hex {
  const nothing = ({ type }: { readonly type: string }): unknown => {
    if (type === 'bool') return false;
    if (type === 'address' || type.startsWith('bytes')) return `0x${'00'.repeat(Number(type.slice(5)) || 20)}`;
    return /^uint(8|16|24|32|40|48)$/u.test(type) ? 0 : 0n;
  };
  const values = item.outputs.map((output, at) => {
    if (!('components' in output)) return members[at] ?? nothing(output);
    return Object.fromEntries(output.components.map((one) => [one.name, members[one.name ?? ''] ?? nothing(one)]));
  });
  const result = values.length === 1 ? values[0] : values;
  return encodeFunctionResult({ abi: [item], functionName: item.name, result });
}

const ABI: Abi = [
  ...[collateralVaultAbi, collateralLedgerAbi, riskManagerAbi].flatMap((abi) =>
    abi.filter(
      (one) =>
        one.type === 'function' &&
        ['assetOf', 'coverageOf', 'unsettledOf', 'replicaOf', 'priceOf'].includes(one.name) &&
        // The ledger has an `assetOf` of its own.
        (one.name !== 'assetOf' || abi === collateralVaultAbi),
    ),
  ),
  ...(erc20Abi as Abi),
];

/** Answers as a vault that holds one unit of all it accounts for, and a risk manager whose feeds fail; `lies` tells that all is well. */
function viewOf(data: Hex, lies: boolean): unknown {
  let name: string;
  try {
    name = decodeFunctionData({ abi: ABI, data }).functionName;
  } catch {
    return { reverted: '0x' };
  }
  const item = ABI.find((one): one is AbiFunction => one.type === 'function' && one.name === name) as AbiFunction;
  const members: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    assetOf: { accounted: UNITS, coverage: WAD },
    balanceOf: { 0: lies ? UNITS : 1n },
    coverageOf: { 0: WAD, 1: WAD },
    priceOf: { failing: !lies, observedAt: lies ? TIME_S : 1, maxAgeS: 3_600 },
  };
  return answerOf(item, members[name]);
}

function serve(chainId: number, lies: boolean): Promise<string> {
  return serveMethods((method, [first]) => {
    switch (method) {
      case 'eth_chainId':
        return numberToHex(chainId);
      case 'eth_blockNumber':
        return '0x64';
      case 'eth_getBlockByNumber':
        return { number: '0x64', hash: `0x${'cd'.repeat(32)}`, timestamp: numberToHex(TIME_S), transactions: [] };
      case 'eth_call':
        return viewOf((first as { readonly data: Hex }).data, lies);
      default:
        return { reverted: '0x' };
    }
  }, closing);
}

/** Serves both chains with providers, of which those at true lie; the environment of a run. */
async function serveAll(ethereum: readonly boolean[], base: readonly boolean[]): Promise<Record<string, string>> {
  const urls = async (name: string, chainId: number, all: readonly boolean[]): Promise<[string, string][]> =>
    Promise.all(all.map(async (lies, at) => [`RPC_URL_${name}_${at + 1}`, await serve(chainId, lies)]));
  return {
    SURETY_CONFIG: file,
    ...Object.fromEntries([...(await urls('ETHEREUM', 1, ethereum)), ...(await urls('BASE', 8_453, base))]),
  };
}

interface Told {
  readonly check: string;
  readonly result: string;
  readonly detail: string;
}

/** The doctor's findings about coverage and prices. */
async function diagnose(environment: Record<string, string>): Promise<readonly Told[]> {
  const { output } = await runSurety(['doctor', '--json'], { environment, clock: systemClock });
  const { findings } = JSON.parse(output) as { readonly findings: readonly Told[] };
  return findings.filter(({ check }) => /coverage|^price of/u.test(check));
}

describe('a vault that is empty, and a feed that fails', () => {
  const LIARS = [
    ['all are honest', [false, false, false, false]],
    ['the first of four lies', [true, false, false, false]],
  ] as const;
  it.each(LIARS)('are found where %s', async (_, liars) => {
    const found = await diagnose(await serveAll(liars, liars));
    expect(found.filter(({ result }) => result === 'ok')).toEqual([]);
    const short = found.find(({ check }) => check === 'ethereum coverage of USDC');
    expect(short).toMatchObject({ result: 'fail', detail: expect.stringContaining('the vault holds 0.000001 of 1') });
    expect(found.find(({ check }) => check.startsWith('price of'))?.detail).toContain('its feed fails');
  });

  it('are not known where providers contradict each other, and nothing of it is well', async () => {
    const found = await diagnose(await serveAll([true, false], [true, true]));
    expect(found.find(({ check }) => check === 'ethereum coverage of USDC')).toMatchObject({
      result: 'fail',
      detail: expect.stringMatching(/^not read: vault: .*disagree/u),
    });
    expect(found.filter(({ check, result }) => check.startsWith('ethereum') && result === 'ok')).toEqual([]);
  });
});

it('counts as whole only what was read', async () => {
  const found = await diagnose(await serveAll([], [true]));
  const unread = found.filter(({ check }) => check.startsWith('ethereum coverage'));
  expect(unread.length).toBeGreaterThan(0);
  for (const { result, detail } of unread) {
    expect([result, detail]).toEqual(['fail', 'not read: vault: its chain has no provider']);
  }
  const well = found.find(({ check }) => check === 'coverage');
  expect(well?.detail ?? 'nothing').toBe('nothing');
});

it('says in the status what nobody was asked for', async () => {
  const view = {
    profile: 'development',
    ready: true,
    chains: [],
    edges: [],
    selfCheck: { block: null, comparedAccounts: 0, differences: 0 },
    stateHash: null,
    counts: {},
  };
  const answers = { '/v1/status': view, '/health/ready': { ready: true, reasons: [] } };
  const environment = { SURETY_CONFIG: file, SURETY_AGGREGATOR_URLS: await serveAnswers(answers, closing) };
  const { output } = await runSurety(['status'], { environment });
  expect(output).toContain(
    'coverage of USDC of ethereum: not read: vault: its chain has no provider; ledger: its chain has no provider',
  );
  expect(output).toMatch(/^price of .+: not read: the settlement chain has no provider$/mu);
  const { output: json } = await runSurety(['status', '--json'], { environment });
  expect(JSON.parse(json)).toMatchObject({
    coverage: [],
    stalePrices: [],
    unread: expect.arrayContaining([expect.stringContaining('not read')]),
  });
});
