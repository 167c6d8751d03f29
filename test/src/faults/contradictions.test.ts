import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type OriginChainReader, createFileHaltStore, createOriginChain } from '@surety/chain';
import { chainId } from '@surety/domain';
import { type AnvilNode, connectWallet, startAnvil } from '@surety/devnet';
import { createHttpTransport } from '@surety/rpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SteppedClock } from './stepped-clock.js';

const CHAIN = 901;
/** Below finality, which lags two blocks behind the head. */
const DEPTHS = [3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64];
const CASES = DEPTHS.flatMap((depth) => [
  { depth, how: 'anvil_reorg' },
  { depth, how: 'anvil_rollback' },
]);
const clock = new SteppedClock();
let directory: string;
let node: AnvilNode;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'surety-contradictions-'));
  node = await startAnvil({ chainId: CHAIN, logFile: path.join(directory, 'anvil.log') });
  await pay(80);
});
afterAll(async () => {
  await node?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Makes blocks that no other history has. */
async function pay(blocks: number): Promise<void> {
  const wallet = connectWallet(node.url, CHAIN, 'bob');
  for (let block = 0; block < blocks; block++) await wallet.sendTransaction({ to: wallet.account.address, value: 1n });
}

/** A reader as a process starts it: with whatever its record on disk says. */
function open(record: string): Promise<OriginChainReader> {
  const providers = [0, 1, 2, 3].map((at) => ({
    name: `p${at}`,
    operator: `op${at}`,
    transport: createHttpTransport({ url: node.url }),
  }));
  const haltStore = createFileHaltStore({ path: path.join(directory, record), chainId: chainId(CHAIN), clock });
  const observer = { observe: () => undefined };
  return createOriginChain({
    chainId: chainId(CHAIN),
    providers,
    finality: { kind: 'finalized-tag' },
    haltStore,
    clock,
    observer,
  });
}

test.each(CASES)('$how over $depth blocks latches a halt that outlives the process', async ({ depth, how }) => {
  const record = `${how}-${depth}.json`;
  const reader = await open(record);
  const before = await reader.readFinalTip();
  if (how === 'anvil_reorg') await node.call('anvil_reorg', [depth, []]);
  else await node.call('anvil_rollback', [depth]);
  await pay(how === 'anvil_reorg' ? 3 : depth + 3);
  await expect(reader.readFinalTip()).rejects.toMatchObject({ code: 'HALTED' });
  const again = await open(record);
  expect(again.condition()).toMatchObject({ kind: 'halted' });
  await expect(again.readFinalBlock(before.height)).rejects.toMatchObject({ code: 'HALTED' });
  // A reader that never saw the other history has nothing to contradict.
  expect((await (await open(`fresh-${record}`)).readFinalTip()).height).toBeGreaterThan(0n);
});
