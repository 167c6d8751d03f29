import { keccak256 } from '@surety/contracts';
import { chainId } from '@surety/domain';
import { ProviderRotation, RpcProvider, type RpcTransport } from '@surety/rpc';
import { ManualClock, RecordingObserver, type SeenRequest, bareBlock } from '@surety/rpc/testing';
import { beforeEach, expect, it } from 'vitest';
import { HeadFollower } from './head-follower.js';
import { DEFAULT_LIMITS } from './limits.js';

type Block = ReturnType<typeof bareBlock>;

const CALL_MS = 4_000;
const LIMITS = { ...DEFAULT_LIMITS, callTimeoutMs: 5_000, blockTimeMs: 1_000 };

let clock: ManualClock;
let observer: RecordingObserver;
let providers: RpcProvider[];
let follower: HeadFollower;
/** What the first provider shows; the other one's chain stands still. */
let shown: ReadonlyMap<string, Block>;

/** Builds blocks 0 to `top`, of which those from `fork` on belong to a branch of their own, as answers to a tag. */
function branch(top: number, fork: number, salt: string): Map<string, Block> {
  const blocks = new Map<string, Block>();
  let parent = `0x${'00'.repeat(32)}`;
  for (let height = 0; height <= top; height++) {
    const extraData = height < fork ? '0x' : salt;
    const block = bareBlock(BigInt(height), keccak256, { parentHash: parent, extraData });
    blocks.set(`0x${height.toString(16)}`, block).set('latest', block);
    parent = block.hash;
  }
  return blocks;
}

/** Shows blocks, each after some milliseconds. */
function showing(blocks: () => ReadonlyMap<string, Block>, delayMs: number): RpcTransport {
  return {
    async send(body, { signal }) {
      const { id, method, params } = JSON.parse(body) as SeenRequest;
      await clock.sleep(delayMs, signal);
      signal.throwIfAborted();
      const result = method === 'eth_chainId' ? '0x1' : blocks().get(String(params[0]));
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, result }) };
    },
  };
}

/** Waits for the next head, and resolves to the seconds that this took. */
async function secondsToNext(): Promise<number> {
  const startMs = clock.elapsedMs();
  let isOver = false;
  const waiting = follower.waitForHead().then(() => (isOver = true));
  while (!isOver) {
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    if (!isOver) clock.advance(1_000);
  }
  await waiting;
  return (clock.elapsedMs() - startMs) / 1_000;
}

beforeEach(async () => {
  clock = new ManualClock();
  observer = new RecordingObserver();
  const honest = branch(100, 101, '0x');
  shown = honest;
  const context = { chainId: chainId(1), clock, observer, limits: LIMITS };
  const transports = [showing(() => shown, CALL_MS), showing(() => honest, 0)];
  providers = transports.map((transport, at) => new RpcProvider({ name: `p${at}`, operator: 'o', transport }, context));
  const rotation = new ProviderRotation(providers, 0);
  follower = new HeadFollower({ ...context, rotation, keccak256, finalHeight: () => -1n });
  await secondsToNext();
});

it('ends a look that walks down an invented branch too slowly, and asks the next provider', async () => {
  shown = branch(130, 50, '0xaa');
  expect(await secondsToNext()).toBeLessThan(2 + LIMITS.headWaitMaxMs / 1_000);
  expect(providers[0]?.stats()).toMatchObject({ failed: 1, lastError: { code: 'TIMEOUT' } });
  await secondsToNext();
  expect(providers[1]?.stats().asked).toBeGreaterThan(1);
});

it('ends a look at a block that is not the parent of the one above it', async () => {
  const asked = providers[0]?.stats().asked ?? 0;
  shown = new Map([...branch(130, 50, '0xaa'), ['latest', branch(130, 50, '0xbb').get('latest') as Block]]);
  await secondsToNext();
  expect(providers[0]?.stats()).toMatchObject({ asked: asked + 2, failed: 1, lastError: { code: 'HEAD_ASTRAY' } });
  expect(observer.named('reorg-seen')).toEqual([]);
});
