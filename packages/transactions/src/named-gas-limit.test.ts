import { address } from '@surety/domain';
import { systemClock as clock } from '@surety/process';
import type { TransactionCall } from '@surety/workflows';
import { parseAbi, toFunctionSelector } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMemoryJournal } from './memory-journal.js';
import { createRpc } from './rpc.js';
import { ANVIL_KEY, type AnvilNode, startAnvil } from './testing/anvil-node.js';
import { PROMPT_POLICY } from './testing/prompt-policy.js';
import { createTransactionSender } from './transaction-sender.js';

const CHAIN_ID = 9_107;
/** Stores 1 on its first call; reverts with AlreadyThere() afterwards. */
const ONCE_CODE = `0x5f54600a5760015f55005b63${toFunctionSelector('AlreadyThere()').slice(2)}60e01b5f5260045ffd`;

let node: AnvilNode;

beforeAll(async () => {
  node = await startAnvil(CHAIN_ID);
});
afterAll(() => node.stop());

/** Opens a sender to a new contract, with the methods that it asks for. */
async function open(byte: string) {
  const to = address(`0x${byte.repeat(20)}`);
  await node.ask('anvil_setCode', [to, ONCE_CODE]);
  const asked: string[] = [];
  const rpc = createRpc({ chainId: CHAIN_ID, endpoints: [{ name: 'local', url: node.url }], timeoutMs: 5_000, clock });
  const sender = createTransactionSender({
    journal: createMemoryJournal(),
    rpc: { ...rpc, call: (method, ...rest) => (asked.push(method), rpc.call(method, ...rest)) },
    account: privateKeyToAccount(ANVIL_KEY),
    policy: PROMPT_POLICY,
    clock,
    observer: { observe: () => undefined },
    errors: parseAbi(['error AlreadyThere()']),
  });
  const call = { purpose: 'apply', to, calldata: '0x', gasCeiling: 1_000_000n } as const;
  const land = (more: Partial<TransactionCall>) => sender.land({ ...call, ...more });
  return { asked, land };
}

test('a call that names its gas limit is tried once with it, and sent with it', async () => {
  const { asked, land } = await open('c1');
  expect(await land({ gasLimit: 21_100n })).toMatchObject({ kind: 'refused', name: 'GAS_ABOVE_CEILING' });
  expect(asked).not.toContain('eth_getTransactionCount');
  const landed = await land({ gasLimit: 90_000n });
  expect(landed).toMatchObject({ kind: 'landed' });
  const { txHash } = landed as Extract<typeof landed, { kind: 'landed' }>;
  expect(await node.ask('eth_getTransactionByHash', [txHash])).toMatchObject({ gas: '0x15f90' });
  expect(await land({ gasLimit: 90_000n })).toMatchObject({ kind: 'refused', name: 'AlreadyThere' });
  expect(asked).not.toContain('eth_estimateGas');
});

test('a call that was just tried is sent without a trial if it names its gas limit', async () => {
  const { asked, land } = await open('c2');
  expect(await land({ gasLimit: 90_000n, isTried: true })).toMatchObject({ kind: 'landed' });
  expect(asked.filter((method) => method === 'eth_call' || method === 'eth_estimateGas')).toEqual([]);
  // Nothing is known of it but what its block says.
  expect(await land({ gasLimit: 90_000n, isTried: true })).toMatchObject({ kind: 'reverted', name: 'AlreadyThere' });
  expect(await land({ isTried: true })).toMatchObject({ kind: 'refused', name: 'AlreadyThere' });
});

test('a pressing call offers more than twice the tip of another', async () => {
  const tipOf = async (byte: string, more: Partial<TransactionCall>): Promise<bigint> => {
    const { land } = await open(byte);
    const landed = await land({ gasLimit: 90_000n, ...more });
    const { txHash } = landed as Extract<typeof landed, { kind: 'landed' }>;
    const sent = (await node.ask('eth_getTransactionByHash', [txHash])) as { readonly maxPriorityFeePerGas: string };
    return BigInt(sent.maxPriorityFeePerGas);
  };
  const usual = await tipOf('c4', {});
  expect(await tipOf('c5', { isPressing: true })).toBe(2n * usual + 1n);
});
