import { address } from '@surety/domain';
import { systemClock as clock } from '@surety/process';
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
const target = address(`0x${'c1'.repeat(20)}`);

let node: AnvilNode;

beforeAll(async () => {
  node = await startAnvil(CHAIN_ID);
  await node.ask('anvil_setCode', [target, ONCE_CODE]);
});
afterAll(() => node.stop());

test('a call that names its gas limit is tried once with it, and sent with it', async () => {
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
  const land = (gasLimit: bigint) =>
    sender.land({ purpose: 'apply', to: target, calldata: '0x', gasCeiling: 1_000_000n, gasLimit });

  expect(await land(21_100n)).toMatchObject({ kind: 'refused', name: 'GAS_ABOVE_CEILING' });
  expect(asked).not.toContain('eth_getTransactionCount');
  const landed = await land(90_000n);
  expect(landed).toMatchObject({ kind: 'landed' });
  const { txHash } = landed as Extract<typeof landed, { kind: 'landed' }>;
  expect(await node.ask('eth_getTransactionByHash', [txHash])).toMatchObject({ gas: '0x15f90' });
  expect(await land(90_000n)).toMatchObject({ kind: 'refused', name: 'AlreadyThere' });
  expect(asked).not.toContain('eth_estimateGas');
});
