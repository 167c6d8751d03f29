import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { marketAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { systemClock } from '@surety/process';
import {
  type AbiFunction,
  decodeFunctionData,
  encodeErrorResult,
  encodeFunctionResult,
  erc20Abi,
  toFunctionSelector,
} from 'viem';
import { afterAll, afterEach, expect, it } from 'vitest';
import { MARKET_ACTS } from './market-acts.js';
import type { MarketPlace } from './find-market.js';
import { runSurety } from '../testing/run-surety.js';
import { type LandingChain, serveLanding } from '../testing/serve-landing.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const folder = mkdtempSync(join(tmpdir(), 'surety-market-act-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ONE = 1_000_000n;
const payer = address(`0x${'b2'.repeat(20)}`);
const network = exampleNetwork();
const chain = network.chains.find(({ chainId }) => chainId === network.settlement?.chainId);
const [configured] = network.settlement?.markets ?? [];
if (chain === undefined || configured === undefined) throw new Error('the example has no market');
Object.assign(chain, { blockTimeMs: 20 });
Object.assign(network, { profile: 'development' });
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify(network));

const repay = MARKET_ACTS.find(({ name }) => name === 'repay');

/** A market that is owed 100 of its token by everybody, and a payer who holds so many units, plenty unless told. */
function placeOf(held = 1_000_000n * ONE): MarketPlace {
  const answers: Record<string, unknown> = { positionOf: [90n * ONE, 10n * ONE, 0n], balanceOf: held };
  const reader = {
    readContract: ({ functionName }: { functionName: string }) => Promise.resolve(answers[functionName]),
  };
  const market = { address: address(`0x${'a1'.repeat(20)}`), abi: marketAbi };
  const usds = { name: 'usds', symbol: 'USDS', decimals: 6, token: `0x${'c3'.repeat(20)}` };
  return { reader, market, configured: usds } as unknown as MarketPlace;
}

it.each(['5000', 'all'])(
  'repays of %s no more than is owed, and approves no more than interest may add',
  async (amount) => {
    const planned = await repay?.plan(placeOf(), payer, { amount });
    expect(planned?.approval?.units).toBe(100_100_000n);
    expect(planned && decodeFunctionData({ abi: marketAbi, data: planned.data }).args?.[1]).toBe(100_100_000n);
    expect(planned?.text).toMatch(/^repayment of all that 0x\w+ owes, 100 USDS now$/);
  },
);

it.each([
  ['100.000001', 1_000_000n * ONE, '100.000001'],
  ['all', 100n * ONE + 2n, '100.000002'],
])('names the units where interest may leave a rest: of %s with %s held', async (amount, held, named) => {
  const planned = await repay?.plan(placeOf(held), payer, { amount });
  expect(planned?.text).toMatch(new RegExp(`^repayment of ${named} USDS for 0x\\w+$`));
});

it('repays a part as it was typed', async () => {
  const planned = await repay?.plan(placeOf(), payer, { amount: '40' });
  expect([planned?.approval?.units, planned?.text.slice(0, 20)]).toEqual([40n * ONE, 'repayment of 40 USDS']);
});

const REPAY = toFunctionSelector('repay(bytes32,uint256)');

/** Repays one token on a chain where the approval lands, and returns what was told and the approval's hash. */
async function repayAfterApproval(served: Pick<LandingChain, 'refuse' | 'market'>) {
  const functions = [...marketAbi, ...erc20Abi].filter(
    (one): one is AbiFunction & typeof one => one.type === 'function',
  );
  const answers: Record<string, unknown> = {
    positionOf: [90n * ONE, 10n * ONE, 0n],
    balanceOf: 1_000_000n * ONE,
    allowance: 0n,
  };
  const answer: LandingChain['answer'] = (data) => {
    const asked = functions.find((one) => toFunctionSelector(one) === data.slice(0, 10));
    return encodeFunctionResult({
      abi: [asked],
      functionName: asked?.name,
      result: answers[asked?.name ?? ''],
    });
  };
  const { urls } = await serveLanding({ chainId: chain?.chainId ?? 0, logs: [], answer, ...served }, closing);
  const [still = '', live = ''] = chain?.providers.map(({ urlEnv }) => urlEnv) ?? [];
  const { code, told } = await runSurety(['market', 'repay', configured?.name ?? '', '--amount', '1', '--yes'], {
    clock: systemClock,
    environment: {
      SURETY_CONFIG: file,
      SURETY_PROFILE: 'development',
      SURETY_KEY: `0x${'01'.repeat(32)}`,
      [still]: urls[0],
      [live]: urls[1],
    },
  });
  const [, hash = 'none'] = /sent as (0x[0-9a-f]{64}), waiting/.exec(told) ?? [];
  return { code, last: told.split('\n').at(-1), hash };
}

it('says that an approval was sent where its act is refused afterwards', async () => {
  const { code, last, hash } = await repayAfterApproval({
    refuse: (data) =>
      data.startsWith(REPAY)
        ? encodeErrorResult({ abi: marketAbi, errorName: 'NotEnoughCash', args: [1n, 0n] })
        : undefined,
  });
  expect(last).toMatch(
    new RegExp(
      `would be refused by .*: NotEnoughCash.*; nothing else was sent; the approval was sent in ${hash} and is left$`,
    ),
  );
  expect(code).toBe(1);
});

it.each([
  ['the key is empty', { balance: '0x0' }, 'holds 0 wei .*; send it coin', 1],
  ['fees are above the cap', { baseFee: '0xde0b6b3a7640000' }, 'asks a base fee of .*SURETY_FEE_CAP_WEI_\\d+', 75],
] as const)('says that an approval was sent where %s afterwards', async (_, now, said, exitCode) => {
  let isTried = false;
  const { code, last, hash } = await repayAfterApproval({
    refuse: (data) => {
      isTried ||= data.startsWith(REPAY);
      return undefined;
    },
    market: () => (isTried ? now : {}),
  });
  expect(last).toMatch(new RegExp(`${said}; the approval was sent in ${hash} and is left$`));
  expect(code).toBe(exitCode);
});
