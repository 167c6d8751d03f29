import { address } from '@surety/domain';
import type { EIP1193Provider, Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { UnknownOutcome, WalletProblem, openWallet } from './open-wallet.js';
import { signSteps } from './owner-acts.js';

const OWNER = address(`0x${'11'.repeat(20)}`);
const VAULT = address(`0x${'22'.repeat(20)}`);
const HASH: Hex = `0x${'ab'.repeat(32)}`;
const [ALPHA, SETTLEMENT] = [901, 900];

const act = {
  chain: { chainId: ALPHA, name: 'alpha' },
  steps: [{ title: 'Lock 1 USDC', call: { to: VAULT, data: '0x01' as Hex, value: 0n } }],
};

const place = { transactionHash: HASH, blockHash: HASH, blockNumber: '0x7', transactionIndex: '0x0' };
const receipt = {
  ...place,
  from: OWNER,
  to: VAULT,
  contractAddress: null,
  cumulativeGasUsed: '0x1',
  gasUsed: '0x1',
  effectiveGasPrice: '0x1',
  logsBloom: '0x',
  type: '0x2',
  status: '0x1',
  logs: [{ ...place, address: VAULT, topics: [], data: '0x', logIndex: '0x0', removed: false }],
};

/** A wallet whose user changes its chain when a method is asked. Only alpha's node knows the transaction. */
function walletThatLeaves(leavesAt: string) {
  const wallet = { chainId: ALPHA, sent: [] as { readonly chainId?: Hex }[], leaves: true };
  const answers: Readonly<Record<string, (params: readonly unknown[]) => unknown>> = {
    eth_requestAccounts: () => [OWNER],
    eth_chainId: () => `0x${wallet.chainId.toString(16)}`,
    eth_call: () => '0x',
    eth_estimateGas: () => '0x5208',
    eth_sendTransaction: ([request]) => (wallet.sent.push(request as { chainId?: Hex }), HASH),
    eth_blockNumber: () => '0x7',
    eth_getTransactionReceipt: () => (wallet.chainId === ALPHA ? receipt : null),
  };
  const request = async ({ method, params = [] }: { method: string; params?: readonly unknown[] }) => {
    const answer = answers[method]?.(params) ?? null;
    if (method === leavesAt && wallet.leaves) wallet.chainId = SETTLEMENT;
    if (method === leavesAt) wallet.leaves = false;
    return answer;
  };
  // The user comes back when it is looked for.
  const every = (_: number, work: () => void): (() => void) => {
    wallet.chainId = ALPHA;
    queueMicrotask(work);
    return () => {};
  };
  const provider = { request } as unknown as EIP1193Provider;
  return { wallet, open: () => openWallet({ id: 'w', name: 'a wallet', provider }, { every }) };
}

describe('a wallet that signs', () => {
  it('is told in the request for which chain', async () => {
    const { wallet, open } = walletThatLeaves('nothing');
    const logs = await signSteps(await open(), act, () => {});
    expect(wallet.sent.map(({ chainId }) => Number(chainId))).toEqual([ALPHA]);
    expect(logs).toHaveLength(1);
  });

  it.each(['eth_call', 'eth_estimateGas'])('is asked for nothing once it left the chain at %s', async (method) => {
    const { wallet, open } = walletThatLeaves(method);
    await expect(signSteps(await open(), act, () => {})).rejects.toThrow(
      'the wallet has left alpha (901): change it back, then check again; nothing was sent',
    );
    expect(wallet.sent).toEqual([]);
  });

  it.each(['eth_sendTransaction', 'eth_getTransactionReceipt'])(
    'is asked to come back to see the result, which is found then, where it left at %s',
    async (method) => {
      const told: string[] = [];
      const logs = await signSteps(await walletThatLeaves(method).open(), act, (line) => told.push(line));
      expect(logs).toHaveLength(1);
      expect(told).toEqual([
        'Lock 1 USDC: sign it in a wallet',
        `Lock 1 USDC: sent in ${HASH}, waiting for its block`,
        `Lock 1 USDC: sent in ${HASH}; a wallet is on chain 900: change it back to alpha (901) to see the result`,
        `Lock 1 USDC: sent in ${HASH}, waiting for its block`,
      ]);
    },
  );
});

/** A wallet whose user lets another transaction take the place of the one that was sent. */
function walletThatReplaces(taken: { readonly to: Hex; readonly input: Hex; readonly status?: Hex }) {
  const other: Hex = `0x${'cd'.repeat(32)}`;
  const shape = { from: OWNER, nonce: '0x5', value: '0x0', gas: '0x5208', type: '0x2', chainId: '0x385' };
  const pending = { ...shape, hash: HASH, to: VAULT, input: '0x01', blockNumber: null };
  const { to, input, status = '0x1' } = taken;
  const mined = { ...shape, hash: other, to, input, blockNumber: '0x7', blockHash: HASH, transactionIndex: '0x0' };
  const answers: Readonly<Record<string, (params: readonly unknown[]) => unknown>> = {
    eth_requestAccounts: () => [OWNER],
    eth_chainId: () => '0x385',
    eth_call: () => '0x',
    eth_estimateGas: () => '0x5208',
    eth_sendTransaction: () => HASH,
    eth_blockNumber: () => '0x7',
    eth_getTransactionByHash: () => pending,
    eth_getTransactionReceipt: ([hash]) => (hash === other ? { ...receipt, transactionHash: other, status } : null),
    eth_getBlockByNumber: () => ({ number: '0x7', hash: HASH, timestamp: '0x1', transactions: [mined] }),
  };
  const request = async ({ method, params = [] }: { method: string; params?: readonly unknown[] }) =>
    answers[method]?.(params) ?? null;
  const provider = { request } as unknown as EIP1193Provider;
  return openWallet({ id: 'w', name: 'a wallet', provider }, { every: () => () => {} });
}

describe('a transaction whose place another one takes', () => {
  it.each([
    ['cancels it', { to: OWNER, input: '0x' }],
    ['does something else', { to: VAULT, input: '0x02' }],
  ])('is not done where the other one %s', async (_, taken) => {
    await expect(signSteps(await walletThatReplaces(taken), act, () => {})).rejects.toThrow(
      `transaction ${HASH} was cancelled or replaced in the wallet: 0x${'cd'.repeat(32)} took its place; nothing of it was done`,
    );
  });

  it('is done where the other one is the same at another price', async () => {
    expect(await signSteps(await walletThatReplaces({ to: VAULT, input: '0x01' }), act, () => {})).toHaveLength(1);
  });

  it('is named by the other one’s hash where that one reverts', async () => {
    const wallet = await walletThatReplaces({ to: VAULT, input: '0x01', status: '0x0' });
    await expect(signSteps(wallet, act, () => {})).rejects.toThrow(
      `transaction 0x${'cd'.repeat(32)} was mined and reverted; nothing but its gas is gone`,
    );
  });
});

/** A wallet that answers a question with an error once the act was simulated, and all that it was asked. */
async function walletThatFails(failure: object, fails = 'eth_sendTransaction') {
  const asked: string[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    eth_requestAccounts: [OWNER],
    eth_chainId: '0x385',
    eth_call: '0x',
    eth_estimateGas: '0x5208',
  };
  const request = async ({ method }: { method: string }): Promise<unknown> => {
    const isSimulated = asked.includes('eth_call');
    asked.push(method);
    if (method === fails && isSimulated) throw failure;
    return answers[method] ?? null;
  };
  const provider = { request } as unknown as EIP1193Provider;
  return { asked, wallet: await openWallet({ id: 'w', name: 'a wallet', provider }, { every: () => () => {} }) };
}

const failureOf = (code: number, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { code, ...more });

describe('a wallet that refuses to send', () => {
  it.each([-32_000, -32_601, -32_602, -32_603, -32_004])('with %i is asked once, and says why itself', async (code) => {
    const { asked, wallet } = await walletThatFails(failureOf(code, 'insufficient funds for gas * price + value'));
    await expect(signSteps(wallet, act, () => {})).rejects.toThrow(
      /^the wallet refused: The total cost .* exceeds the balance of the account/,
    );
    expect(asked.filter((method) => method.includes('send'))).toEqual(['eth_sendTransaction']);
  });

  it.each<[number, RegExp]>([
    [4001, /^declined in the wallet; nothing was sent$/],
    [4100, /^the wallet refused: /],
    [-32_602, /^the wallet refused: /],
  ])('with %i has sent nothing', async (code, words) => {
    const { wallet } = await walletThatFails(failureOf(code, 'no'));
    await expect(signSteps(wallet, act, () => {})).rejects.toThrow(words);
  });

  const DECLINED = { code: 4001, message: 'User denied transaction signature.' };
  it.each<[string, object]>([
    ['in the error of its own node', failureOf(-32_603, 'Internal error', { data: { originalError: DECLINED } })],
    ['as what an error comes from', failureOf(-32_603, 'Internal error', { cause: DECLINED })],
    ['as what an error without a code comes from', new Error('The request failed', { cause: DECLINED })],
    ['in an object that is no error', { code: -32_000, message: 'no', data: { originalError: DECLINED } }],
  ])('%s has sent nothing', async (_, failure) => {
    const { wallet } = await walletThatFails(failure);
    const told: unknown = await signSteps(wallet, act, () => {}).catch((cause: unknown) => cause);
    expect(told).toEqual(new WalletProblem('declined in the wallet; nothing was sent'));
    expect(told).not.toBeInstanceOf(UnknownOutcome);
  });
});

describe('a wallet that is not asked to send', () => {
  const to = '0x22' as typeof VAULT;
  const malformed = { ...act, steps: act.steps.map((step) => ({ ...step, call: { ...step.call, to } })) };
  it.each([
    ['as it does not tell its chain', 'eth_chainId', act, 'An internal error was received.'],
    ['as what it would be asked is malformed', 'nothing', malformed, 'Address "0x22" is invalid.'],
  ])('%s has sent nothing', async (_, fails, wanted, reason) => {
    const { asked, wallet } = await walletThatFails(failureOf(-32_603, 'Lost connection'), fails);
    const told: unknown = await signSteps(wallet, wanted, () => {}).catch((cause: unknown) => cause);
    expect(told).toEqual(new WalletProblem(`the wallet could not be asked (${reason}); nothing was sent`));
    expect([told instanceof UnknownOutcome, asked.includes('eth_sendTransaction')]).toEqual([false, false]);
  });
});

describe('a wallet that fails when it is asked to send', () => {
  it.each([
    failureOf(-32_603, 'Lost connection to the wallet’s background'),
    failureOf(-32_000, 'Lost connection to the wallet’s background'),
    failureOf(4900, 'Lost connection to the wallet’s background'),
    failureOf(0, 'Lost connection to the wallet’s background'),
    failureOf(-32_603, 'Internal error', { data: { originalError: { code: -32_000 } } }),
    failureOf(-32_603, 'Internal error', { data: { originalError: null } }),
    failureOf(-32_603, 'Internal error', { cause: { code: -32_601, message: 'no eth_getTransactionByHash' } }),
  ])('may have sent before: %o', async (failure) => {
    const { wallet } = await walletThatFails(failure);
    const told: unknown = await signSteps(wallet, act, () => {}).catch((cause: unknown) => cause);
    expect(told).toBeInstanceOf(UnknownOutcome);
    expect(String(told)).toMatch(
      /the wallet failed \(.+\); it may have been sent: look in the wallet before you check again$/,
    );
  });
});
