import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { walletOf } from '../acts/send.js';
import { devnetAccount } from '../chains/accounts.js';
import { type AnvilNode, startAnvil } from '../chains/anvil-node.js';
import { connectReader } from '../chains/connections.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import { sendCoin } from './line-drills.js';

let node: AnvilNode;
const directory = mkdtempSync(path.join(tmpdir(), 'surety-drills-'));

beforeAll(async () => {
  node = await startAnvil({ chainId: SETTLEMENT_CHAIN_ID, logFile: path.join(directory, 'anvil.log') });
  await node.startBlocks(1);
});

afterAll(async () => {
  await node.stop();
  rmSync(directory, { recursive: true, force: true });
});

it('empties a wallet whose last transaction is in no block yet', async () => {
  const reader = connectReader(node.url, SETTLEMENT_CHAIN_ID);
  const network = {
    nodes: new Map([[SETTLEMENT_CHAIN_ID, node]]),
    readers: new Map([[SETTLEMENT_CHAIN_ID, reader]]),
  };
  await walletOf(network, SETTLEMENT_CHAIN_ID, 'relayerA').sendTransaction({
    to: devnetAccount('alice').address,
    value: 10n ** 18n,
  });
  await sendCoin(network, { from: 'relayerA', to: 'bob', leaving: 7n });
  expect(await reader.getBalance({ address: devnetAccount('relayerA').address })).toBe(7n);
});
