import { address, chainId } from '@surety/domain';
import {
  type EIP1193RequestFn,
  type Hex,
  createPublicClient,
  createWalletClient,
  custom,
  keccak256,
  numberToHex,
  parseTransaction,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';
import { type DeploymentChain, executeDeployment } from './execute-deployment.js';
import type { DeploymentPlan, PlannedAct } from './plan-deployment.js';

const GWEI = 1_000_000_000n;
const CHAIN = chainId(901);
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`);
const by = address(account.address);
const ZEROS = `0x${'00'.repeat(32)}`;

const act: PlannedAct = {
  chainId: CHAIN,
  by,
  to: address(`0x${'aa'.repeat(20)}`),
  text: 'vault.setWitnessPolicy(1)',
  data: '0x1234',
  probe: '0x5678',
  probeWord: 0,
};
const plan = {
  request: { settlement: { chainId: CHAIN }, chains: [] },
  contracts: [],
  acts: [act],
} as unknown as DeploymentPlan;

/** What an honest provider answers while fees are low and nothing is done yet. */
const HONEST: Readonly<Record<string, unknown>> = {
  eth_chainId: numberToHex(CHAIN),
  eth_getCode: '0x01',
  eth_call: ZEROS,
  eth_estimateGas: numberToHex(80_000),
  eth_maxPriorityFeePerGas: numberToHex(GWEI),
  eth_getTransactionCount: numberToHex(7),
  eth_getBlockByNumber: { number: '0x5', baseFeePerGas: numberToHex(3n * GWEI), transactions: [] },
};

/** A chain whose provider answers some methods otherwise, and the transactions that it was handed. */
function chainWith(lies: Readonly<Record<string, unknown>>): { chain: DeploymentChain; sent: Hex[] } {
  const sent: Hex[] = [];
  const answers: Readonly<Record<string, unknown>> = { ...HONEST, ...lies };
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    if (method === 'eth_sendRawTransaction') {
      const [raw] = params as [Hex];
      sent.push(raw);
      return keccak256(raw);
    }
    if (method === 'eth_getTransactionReceipt')
      return { transactionHash: (params as [Hex])[0], status: '0x1', blockNumber: '0x5', logs: [], type: '0x2' };
    if (method === 'eth_blockNumber') return '0x5';
    if (method in answers) return answers[method];
    throw Object.assign(new Error('unknown method'), { code: -32_601 });
  };
  const transport = custom({ request: request as EIP1193RequestFn }, { retryCount: 0 });
  const wallet = createWalletClient({ account, transport });
  const reader = createPublicClient({ transport, pollingInterval: 1 });
  return { chain: { reader, deployer: wallet, signers: new Map([[by, wallet]]) }, sent };
}

async function signedUnder(lies: Readonly<Record<string, unknown>>, ceilings?: DeploymentChain['ceilings']) {
  const { chain, sent } = chainWith(lies);
  const told = ceilings === undefined ? chain : { ...chain, ceilings };
  await executeDeployment(plan, new Map([[CHAIN, told]]));
  return sent.map((raw) => parseTransaction(raw));
}

test('signs for the chain, nonce and fees that it read, whatever the provider would fill in', async () => {
  const filled = {
    chainId: '0x1',
    nonce: '0x10',
    gas: '0x15f90',
    type: '0x2',
    maxFeePerGas: numberToHex(20_000n * GWEI),
    maxPriorityFeePerGas: numberToHex(20_000n * GWEI),
  };
  const [signed] = await signedUnder({ eth_fillTransaction: { raw: '0x', tx: filled } });
  expect(signed).toMatchObject({
    chainId: CHAIN,
    nonce: 7,
    gas: 100_000n,
    maxFeePerGas: 7n * GWEI,
    maxPriorityFeePerGas: GWEI,
  });
});

test.each([
  [
    'a tip above its ceiling',
    { eth_maxPriorityFeePerGas: numberToHex(6n * GWEI) },
    /asks for 6000000000 wei of tip.*--tip-max-gwei/,
  ],
  [
    'a base fee above its ceiling',
    { eth_getBlockByNumber: { number: '0x5', baseFeePerGas: numberToHex(200n * GWEI), transactions: [] } },
    /asks for 201000000000 wei of base fee and tip; expected at most 200000000000.*--fee-max-gwei/,
  ],
  [
    'gas above its ceiling',
    { eth_estimateGas: numberToHex(20_000_000) },
    /asks for 25000000 gas; expected at most 16777216.*--gas-max/,
  ],
  [
    'a chain without a base fee',
    { eth_getBlockByNumber: { number: '0x5', transactions: [] } },
    /the newest block has no base fee/,
  ],
])('signs nothing at %s', async (_what, lies, message) => {
  const { chain, sent } = chainWith(lies);
  await expect(executeDeployment(plan, new Map([[CHAIN, chain]]))).rejects.toThrow(message);
  expect(sent).toEqual([]);
});

test('offers no more than the fee ceiling, and takes others that are given', async () => {
  const dear = { eth_getBlockByNumber: { number: '0x5', baseFeePerGas: numberToHex(150n * GWEI), transactions: [] } };
  const [usual] = await signedUnder(dear);
  expect(usual?.maxFeePerGas).toBe(200n * GWEI);
  const ceilings = { feePerGasWei: 400n * GWEI, tipPerGasWei: 50n * GWEI, gas: 40_000_000n };
  const [raised] = await signedUnder({ ...dear, eth_maxPriorityFeePerGas: numberToHex(30n * GWEI) }, ceilings);
  expect(raised).toMatchObject({ maxFeePerGas: 330n * GWEI, maxPriorityFeePerGas: 30n * GWEI });
});

test.each([
  ['is already done where somebody else sent it first', '0x01', ['already-done']],
  ['ends the run where nothing stands there', '0x', expect.stringMatching(/reverted; correct the plan/)],
])('a creation that reverts %s', async (_what, left, expected) => {
  const at = address(`0x${'cc'.repeat(20)}`);
  const contract = { chainId: CHAIN, address: at, part: 'lens', salt: ZEROS, initCode: '0x60', code: { name: 'Lens' } };
  const { chain, sent } = chainWith({});
  // The factory is there; the contract only once a transaction was sent.
  const getCode = async ({ address: asked }: { address: string }) =>
    asked !== at ? '0x01' : sent.length > 0 ? left : '0x';
  const waitForTransactionReceipt = async ({ hash }: { hash: Hex }) => ({ status: 'reverted', transactionHash: hash });
  const reader = { ...chain.reader, getCode, waitForTransactionReceipt } as unknown as DeploymentChain['reader'];
  const creating = { ...plan, contracts: [contract], acts: [] } as unknown as DeploymentPlan;
  const kinds = executeDeployment(creating, new Map([[CHAIN, { ...chain, reader }]])).then(
    (outcomes) => outcomes.map(({ kind }) => kind),
    (failure: unknown) => String(failure),
  );
  expect(await kinds).toEqual(expected);
  expect(sent).toHaveLength(1);
});

test.each(['success', 'reverted'])('an act whose nonce another transaction took is not sent: %s', async (status) => {
  const { chain, sent } = chainWith({});
  const transactionHash = `0x${'0e'.repeat(32)}`;
  // As viem answers where the wallet cancelled or replaced what was sent.
  const waitForTransactionReceipt = async () => ({ status, transactionHash, blockNumber: 5n });
  const reader = { ...chain.reader, waitForTransactionReceipt } as unknown as DeploymentChain['reader'];
  const failure = executeDeployment(plan, new Map([[CHAIN, { ...chain, reader }]])).catch((error: unknown) => error);
  expect(String(await failure)).toContain(
    `transaction ${transactionHash} took the nonce of ${keccak256(sent[0] ?? '0x')}`,
  );
  expect(sent).toHaveLength(1);
});
