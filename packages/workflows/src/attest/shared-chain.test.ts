import { AppError, blockHeight } from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { expect, it } from 'vitest';
import { WatcherWorld } from '../testing/watcher-world.js';
import { Bell } from './bell.js';
import { SHARED_BLOCKS_MAX } from './limits.js';
import { SharedChain } from './shared-chain.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
const away = new AppError({ code: 'NO_QUORUM', message: 'away', retryable: true });

function share(): { chain: WatcherWorld['chain']; shared: SharedChain; heads: Bell } {
  const { chain } = new WatcherWorld({ keccak256 });
  chain.advanceTo(2_000n, 2_000n);
  const heads = new Bell();
  return { chain, heads, shared: new SharedChain({ chain, heads, signal: new AbortController().signal }) };
}

it('reads the final tip once for all who ask, until a new head appears', async () => {
  const { chain, shared, heads } = share();
  const tips = await Promise.all([shared.readFinalTip(), shared.readFinalTip()]);
  expect(tips[0]).toBe(tips[1]);
  chain.advanceTo(2_001n, 2_001n);
  expect((await shared.readFinalTip()).height).toBe(2_000n);
  expect(chain.calls.readFinalTip).toBe(1);
  heads.ring();
  expect((await shared.readFinalTip()).height).toBe(2_001n);
  expect(chain.calls.readFinalTip).toBe(2);
});

it('keeps no failure: whoever asks next asks the chain', async () => {
  const { chain, shared } = share();
  chain.failure = away;
  await expect(Promise.all([shared.readFinalTip(), shared.readFinalTip()])).rejects.toBe(away);
  await expect(shared.readFinalBlock(blockHeight(8n))).rejects.toBe(away);
  chain.failure = undefined;
  expect((await shared.readFinalTip()).height).toBe(2_000n);
  expect((await shared.readFinalBlock(blockHeight(8n))).height).toBe(8n);
  expect(chain.calls).toMatchObject({ readFinalTip: 2, readFinalBlock: 2 });
});

it('reads a final block once, and forgets the oldest past its bound', async () => {
  const { chain, shared } = share();
  const read = (height: number): Promise<unknown> => shared.readFinalBlock(blockHeight(height));
  for (let height = 0; height < SHARED_BLOCKS_MAX; height++) await Promise.all([read(height), read(height)]);
  await read(0);
  expect(chain.calls.readFinalBlock).toBe(SHARED_BLOCKS_MAX);
  await read(SHARED_BLOCKS_MAX);
  await read(1);
  expect(chain.calls.readFinalBlock).toBe(SHARED_BLOCKS_MAX + 1);
  await read(0);
  expect(chain.calls.readFinalBlock).toBe(SHARED_BLOCKS_MAX + 2);
});

it('hands condition, proofs, portions, seen entries and heads on as they are', async () => {
  const { chain, shared } = share();
  chain.setCondition({ kind: 'halted', reason: 'the test says so', sinceMs: 5 });
  expect(shared.condition()).toEqual(chain.condition());
  expect(shared.chainId).toBe(chain.chainId);
  const request = {} as never;
  for (const read of ['readFrame', 'readWaypoints', 'readPortion', 'readSeen'] as const) {
    const answer = {};
    chain[read] = async () => answer as never;
    expect(await shared[read](request)).toBe(answer);
  }
  const stopping = new AbortController();
  const waiting = shared.waitForHead(stopping.signal);
  stopping.abort();
  await waiting;
});
