import { address } from '@surety/domain';
import {
  type Abi,
  type EIP1193RequestFn,
  type Hex,
  type PublicClient,
  concatHex,
  createPublicClient,
  createWalletClient,
  custom,
  decodeFunctionData,
  encodeAbiParameters,
  encodeFunctionResult,
  numberToHex,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import {
  attesterSetAbi,
  collateralLedgerAbi,
  collateralVaultAbi,
  lockGatewayAbi,
  riskManagerAbi,
} from '../generated/index.js';
import { checkVault } from './check-vault.js';
import { DeploymentCheck } from './deployment-check.js';
import { parseDeploymentRequest } from './deployment-request.js';
import { type DeploymentChain, executeDeployment } from './execute-deployment.js';
import { planDeployment } from './plan-deployment.js';

const addressOf = (digit: number): string => `0x${digit.toString(16).padStart(40, '0')}`;
const [HOME, ALPHA] = [900, 901];
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`);
const TOKENS = { WETH: addressOf(50), DAI: addressOf(51), USDC: addressOf(52) } as const;
type Symbol = keyof typeof TOKENS;

/** A plan of one chain, whose governor is a key here, with tokens in this order. */
function planOf(...symbols: Symbol[]) {
  const slots = { WETH: 2, DAI: 1, USDC: 1 };
  const terms = { minMillionths: '1000000', capThousandths: '5000000', limitThousandths: '1000000' };
  const assets = symbols.map((symbol) => ({
    symbol, token: TOKENS[symbol], decimals: 18, underlying: slots[symbol], ...terms, initialBp: 9500, maintenanceBp: 9800,
  })); // prettier-ignore
  const roles = { governor: account.address, guardian: addressOf(2), pauser: addressOf(3) };
  const feed = { maxAgeS: 3600, maxAheadS: 60, minPrice1e12: '1', maxPrice1e12: '2' };
  const underlyings = ['USD', 'ETH'].map((symbol, at) => ({
    id: at + 1,
    symbol,
    aggregator: addressOf(60 + at),
    ...feed,
  }));
  const chain = {
    chainId: ALPHA, name: 'alpha', source: 7, roles, wrappedNative: addressOf(0), initialBp: 10_000, maintenanceBp: 10_000,
    staleAfterMin: 90, darkAfterMin: 360, floorAfterMin: 4320, m: 0, assets,
  }; // prettier-ignore
  return planDeployment(
    parseDeploymentRequest({
      version: 1,
      profile: 'development',
      salt: `0x${'00'.repeat(32)}`,
      attesters: { members: [14, 13, 12, 11].map(addressOf), activeFrom: 1000 },
      settlement: {
        chainId: HOME,
        name: 'settlement',
        roles: { ...roles, riskAdmin: addressOf(4) },
        underlyings,
      },
      chains: [chain],
    }),
  );
}

interface Listed {
  /** Tokens of the vault in their order. */
  readonly vault: readonly Symbol[];
  /** Tokens that it lists once it was asked for a token's index. */
  readonly late?: readonly Symbol[];
  /** Price slots of the source's assets at the ledger in their order. */
  readonly ledger?: readonly number[];
  /** Assets of other sources that the ledger lists after these. */
  readonly others?: number;
}

/** A chain on which every contract is there and every act is done, but for the listings of tokens. */
function chainOf(
  id: number,
  { vault: early, late = [], ledger = [], others = 0 }: Listed,
  sent: Hex[],
): DeploymentChain {
  let vault = early;
  const abi: Abi = [
    ...(id === HOME ? collateralLedgerAbi : collateralVaultAbi),
    ...attesterSetAbi,
    ...riskManagerAbi,
    ...lockGatewayAbi,
  ];
  const answers: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
    assetCount: () => (id === HOME ? ledger.length + others : vault.length),
    priceOf: () => withZeros(abi, 'priceOf', { price: 1n }),
    indexOf: ([token]) => {
      const index = vault.findIndex((symbol) => TOKENS[symbol] === String(token).toLowerCase()) + 1;
      vault = [...early, ...late];
      return index;
    },
    assetIdOf: ([, index]) => (Number(index) <= ledger.length ? index : 0),
    assetOf: ([number]) => {
      const at = Number(number) - 1;
      const [token] = vault.slice(at).map((symbol) => TOKENS[symbol]);
      const kept = { decimals: 18, min: 1n, feeBp: 0, accounted: 0n, cap: 1n, limit: 1n };
      if (id === ALPHA && token !== undefined) return withZeros(abi, 'assetOf', { ...kept, token });
      if (id === HOME) return withZeros(abi, 'assetOf', { terms: { underlying: ledger[at] ?? 0, decimals: 18 } });
      throw Object.assign(new Error('execution reverted'), { code: 3 });
    },
  };
  const call = (data: Hex): Hex => {
    const { functionName, args = [] } = decodeFunctionData({ abi, data });
    const result = answers[functionName]?.(args);
    return result === undefined ? doneAnswer(abi, functionName) : encodeFunctionResult({ abi, functionName, result });
  };
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    if (method === 'eth_call') return call((params as [{ data: Hex }])[0].data);
    if (method === 'eth_chainId') return numberToHex(id);
    if (method === 'eth_getCode') return '0x01';
    if (method === 'eth_getTransactionCount') return '0x0';
    if (method === 'eth_estimateGas') return '0x5208';
    if (method === 'eth_maxPriorityFeePerGas') return '0x1';
    if (method === 'eth_getBlockByNumber') return { number: '0x5', baseFeePerGas: '0x1', transactions: [] };
    if (method === 'eth_sendRawTransaction') sent.push((params as [Hex])[0]);
    throw Object.assign(new Error(`${method} ends here`), { code: -32_601 });
  };
  const transport = custom({ request: request as EIP1193RequestFn }, { retryCount: 0 });
  const wallet = createWalletClient({ account, transport });
  const reader = createPublicClient({ transport, pollingInterval: 1 });
  return { reader, deployer: wallet, signers: new Map([[address(account.address), wallet]]) };
}

interface Parameter {
  readonly name?: string;
  readonly type: string;
  readonly components?: readonly Parameter[];
}

function outputsOf(abi: Abi, view: string): readonly [Parameter, ...Parameter[]] {
  const outputs = abi.flatMap((one) => (one.type === 'function' && one.name === view ? one.outputs : []));
  return outputs as readonly Parameter[] as readonly [Parameter, ...Parameter[]];
}

/** Answers a view with ones, which say of an act that it is done, and with zeros and empty lists where it has more than words. */
function doneAnswer(abi: Abi, view: string): Hex {
  const outputs = outputsOf(abi, view);
  const isPlain = outputs.every(({ type, components }) => components === undefined && !type.endsWith(']'));
  return isPlain
    ? concatHex(outputs.map(() => numberToHex(1, { size: 32 })))
    : encodeAbiParameters(
        outputs,
        outputs.map((one) => zeroOf(one, undefined)),
      );
}

/** Fills the members of a view's struct that a test does not name. */
function withZeros(abi: Abi, view: string, value: object): unknown {
  return zeroOf(outputsOf(abi, view)[0], value);
}

function zeroOf({ type, components }: Parameter, value: unknown): unknown {
  if (value !== undefined && components === undefined) return value;
  if (type.endsWith(']')) return [];
  if (components !== undefined) {
    const known = (value ?? {}) as Record<string, unknown>;
    return Object.fromEntries(components.map((one) => [one.name, zeroOf(one, known[one.name ?? ''])]));
  }
  if (type === 'address') return addressOf(0);
  if (type === 'bool') return false;
  return type === 'bytes32' ? numberToHex(0, { size: 32 }) : 0n;
}

async function runOf(listed: Listed, ...symbols: Symbol[]): Promise<{ sent: number; failure: string }> {
  const sent: Hex[] = [];
  const chains = new Map([HOME, ALPHA].map((id) => [id, chainOf(id, listed, sent)]));
  const failure = await executeDeployment(planOf(...symbols), chains).then(
    () => '',
    (error: unknown) => String(error),
  );
  return { sent: sent.length, failure };
}

describe('a token that a vault has at another number than the plan', () => {
  test.each<[string, Listed, Symbol[], string[]]>([
    [
      'behind one that was put in front of it',
      { vault: ['WETH'], ledger: [2] },
      ['DAI', 'WETH'],
      [
        `asset 1 of the vault`,
        `is the token ${TOKENS.WETH}; expected DAI at ${TOKENS.DAI}`,
        `WETH at ${TOKENS.WETH} is asset 1 of the vault`,
        'expected 2; a listing stays: put the assets back into the order of the vault',
        'asset 1 of source 7 is listed at the ledger with price slot 2 and 18 decimals; expected 1 and 18 of DAI',
      ],
    ],
    [
      'in the place of one that was taken out',
      { vault: ['WETH', 'DAI'] },
      ['WETH', 'USDC'],
      [`is the token ${TOKENS.DAI}; expected USDC at ${TOKENS.USDC}`],
    ],
    [
      'that the ledger lists before the vault does',
      { vault: [], ledger: [2] },
      ['DAI', 'WETH'],
      ['asset 1 of source 7 is listed at the ledger with price slot 2'],
    ],
    [
      'whose number at the ledger another chain’s token has by now',
      { vault: ['WETH'], ledger: [2], others: 1 },
      ['WETH', 'DAI'],
      ['DAI of source 7 would be asset 2 of the ledger, which has given that number to another token'],
    ],
  ])('%s stops a run before anything is sent', async (_, listed, symbols, messages) => {
    const { sent, failure } = await runOf(listed, ...symbols);
    expect(failure).toContain('nothing was sent for these assets');
    for (const message of messages) expect(failure).toContain(message);
    expect(sent).toBe(0);
  });

  test('does not stop a run that goes on where the last one ended', async () => {
    const { sent, failure } = await runOf({ vault: ['WETH'], ledger: [2, 1] }, 'WETH', 'DAI');
    expect(failure).toContain('for DAI');
    expect(failure).not.toContain('nothing was sent');
    expect(sent).toBe(1);
  });
});

test('a token that is listed while it is looked for is no other token', async () => {
  const { sent, failure } = await runOf({ vault: [], late: ['WETH'], ledger: [2] }, 'WETH');
  expect([sent, failure]).toEqual([0, '']);
});

test('the check of a vault names what is not listed, with all other differences', async () => {
  const plan = planOf('WETH', 'DAI');
  const sent: Hex[] = [];
  const listed = { vault: ['DAI'], ledger: [2] } as const;
  const readers = new Map<number, PublicClient>([HOME, ALPHA].map((id) => [id, chainOf(id, listed, sent).reader]));
  const check = new DeploymentCheck();
  const home = { ...plan.request, settlement: { ...plan.request.settlement, ...plan.settlement } };
  for (const vault of plan.vaults) await checkVault(home, vault, readers, check);
  expect(check.problems).toEqual(
    expect.arrayContaining([
      `alpha WETH: token is ${TOKENS.DAI}; expected ${TOKENS.WETH}`,
      `alpha DAI: the vault has no asset 2; expected ${TOKENS.DAI} there`,
      'alpha DAI: assetId is 0; expected 2',
    ]),
  );
});
