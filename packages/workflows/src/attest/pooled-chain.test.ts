import { AppError, blockHeight } from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { expect, it } from 'vitest';
import { WatcherWorld } from '../testing/watcher-world.js';
import { Bell } from '../running/bell.js';
import { POOLED_BLOCKS_MAX } from './limits.js';
import { PooledChain } from './pooled-chain.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
const away = new AppError({ code: 'NO_QUORUM', message: 'away', retryable: true });

function share(): { chain: WatcherWorld['chain']; pooled: PooledChain; heads: Bell } {
  const { chain } = new WatcherWorld({ keccak256 });
  chain.advanceTo(2_000n, 2_000n);
  const heads = new Bell();
  return { chain, heads, pooled: new PooledChain({ chain, heads, signal: new AbortController().signal }) };
}

it('reads the final tip once for all callers, until a new head appears', async () => {
  const { chain, pooled, heads } = share();
  const tips = await Promise.all([pooled.readFinalTip(), pooled.readFinalTip()]);
  expect(tips[0]).toBe(tips[1]);
  chain.advanceTo(2_001n, 2_001n);
  expect((await pooled.readFinalTip()).height).toBe(2_000n);
  expect(chain.calls.readFinalTip).toBe(1);
  heads.ring();
  expect((await pooled.readFinalTip()).height).toBe(2_001n);
  expect(chain.calls.readFinalTip).toBe(2);
});

it('caches no failure: the next caller asks the chain', async () => {
  const { chain, pooled } = share();
  chain.failure = away;
  await expect(Promise.all([pooled.readFinalTip(), pooled.readFinalTip()])).rejects.toBe(away);
  await expect(pooled.readFinalBlock(blockHeight(8n))).rejects.toBe(away);
  chain.failure = undefined;
  expect((await pooled.readFinalTip()).height).toBe(2_000n);
  expect((await pooled.readFinalBlock(blockHeight(8n))).height).toBe(8n);
  expect(chain.calls).toMatchObject({ readFinalTip: 2, readFinalBlock: 2 });
});

it('reads a final block once, and forgets the oldest above its limit', async () => {
  const { chain, pooled } = share();
  const read = (height: number): Promise<unknown> => pooled.readFinalBlock(blockHeight(height));
  for (let height = 0; height < POOLED_BLOCKS_MAX; height++) await Promise.all([read(height), read(height)]);
  await read(0);
  expect(chain.calls.readFinalBlock).toBe(POOLED_BLOCKS_MAX);
  await read(POOLED_BLOCKS_MAX);
  await read(1);
  expect(chain.calls.readFinalBlock).toBe(POOLED_BLOCKS_MAX + 1);
  await read(0);
  expect(chain.calls.readFinalBlock).toBe(POOLED_BLOCKS_MAX + 2);
});

it('passes condition, proofs, portions, seen entries and heads through', async () => {
  const { chain, pooled } = share();
  chain.setCondition({ kind: 'halted', reason: 'the test says so', sinceMs: 5 });
  expect(pooled.condition()).toEqual(chain.condition());
  expect(pooled.chainId).toBe(chain.chainId);
  const request = {} as never;
  for (const read of ['readFrame', 'readWaypoints', 'readPortion', 'readSeen'] as const) {
    const answer = {};
    chain[read] = async () => answer as never;
    expect(await pooled[read](request)).toBe(answer);
  }
  const stopping = new AbortController();
  const waiting = pooled.waitForHead(stopping.signal);
  stopping.abort();
  await waiting;
});
