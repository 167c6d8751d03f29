import { type Bytes32, type Keccak256, address } from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedHalt } from '../ports/halts.js';
import type { ChainCondition } from '../ports/origin-chain.js';
import { FakeAttester } from '../testing/fake-attester.js';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryHistory } from '../testing/memory-history.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { HALT_LOOK_MS } from './limits.js';
import { type HaltView, signHalts } from './sign-halts.js';

const EDGE = `0x${'ed'.repeat(32)}` as Bytes32;
const domain = { chainId: 99n, verifyingContract: address(`0x${'c3'.repeat(20)}`) };
const broken: ChainCondition = { kind: 'halted', reason: 'final block 7 was aa and is now bb', sinceMs: 5, height: 7n };
let keccak256: Keccak256;
let condition: ChainCondition;
let position: HaltView;
let failure: Error | undefined;
let told: (SignedHalt | undefined)[];
let observer: RecordingObserver;

beforeAll(async () => {
  const hasher = await createKeccak(256);
  keccak256 = (bytes) => hasher.init().update(bytes).digest('binary');
});
beforeEach(() => {
  condition = { kind: 'live' };
  position = { name: EDGE, isRewinding: false, nonce: 0n, isHalted: false, timestamp: 1_000n };
  failure = undefined;
  told = [];
  observer = new RecordingObserver();
});

/** Runs the loop and applies one change before each of its polls. */
async function watch(...changes: (() => void)[]): Promise<void> {
  const clock = new FakeClock();
  const stop = new AbortController();
  const attester = new FakeAttester({
    address: address(`0x${'a1'.repeat(20)}`),
    history: new MemoryHistory(),
    keccak256,
  });
  const running = signHalts(
    {
      edge: EDGE,
      domain,
      chain: { condition: () => condition },
      epochs: {
        readEpochs: async () => [
          { epoch: 1, activeFrom: 0n },
          { epoch: 2, activeFrom: 2_000n },
        ],
      },
      readHalt: async () => {
        if (failure !== undefined) throw failure;
        return position;
      },
      attester,
      clock,
      observer,
      onHalt: (halt) => told.push(halt),
    },
    stop.signal,
  );
  await clock.advance(0);
  for (const change of changes) {
    change();
    await clock.advance(HALT_LOOK_MS);
  }
  stop.abort();
  await clock.advance(HALT_LOOK_MS);
  await running;
}

const last = (): SignedHalt | undefined => told.at(-1);

describe('a watcher signs no halt', () => {
  it.each<[string, ChainCondition]>([
    ['while its chain is live', { kind: 'live' }],
    ['when it lost its quorum', { kind: 'no-quorum', reason: 'two of four', sinceMs: 5 }],
    ['when only its own record cannot be read', { kind: 'halted', reason: 'gone', sinceMs: 5 }],
  ])('%s', async (_, next) => {
    await watch(() => (condition = next));
    expect(last()).toBeUndefined();
    expect(observer.named('halt-signed')).toEqual([]);
  });

  it('where the edge is halted already', async () => {
    await watch(() => {
      condition = broken;
      position = { ...position, isHalted: true };
    });
    expect(last()).toBeUndefined();
  });
});

describe('a watcher whose origin broke its finality', () => {
  it('signs the destination’s nonce and epoch once, and adds the reason', async () => {
    await watch(
      () => (condition = broken),
      () => undefined,
    );
    expect(last()).toMatchObject({ halt: { edge: EDGE, nonce: 0n, epoch: 1 }, domain, reason: broken.reason });
    expect(observer.named('halt-signed')).toHaveLength(1);
  });

  it('signs again once the halt was cleared or another epoch is active', async () => {
    await watch(
      () => (condition = broken),
      () => (position = { ...position, nonce: 1n }),
    );
    const cleared = last();
    expect(cleared?.halt).toEqual({ edge: EDGE, nonce: 1n, epoch: 1 });
    await watch(() => (position = { ...position, nonce: 1n, timestamp: 2_000n }));
    expect(last()?.halt).toEqual({ edge: EDGE, nonce: 1n, epoch: 2 });
    expect(last()?.signature).not.toBe(cleared?.signature);
  });

  it('signs the replica’s present name, and nothing during a rewind', async () => {
    const next = `0x${'ee'.repeat(32)}` as Bytes32;
    await watch(
      () => (condition = broken),
      () => (position = { ...position, isRewinding: true }),
    );
    expect(last()).toBeUndefined();
    await watch(() => (position = { ...position, isRewinding: false }));
    const former = last();
    expect(former?.halt.edge).toBe(EDGE);
    await watch(
      () => undefined,
      () => (position = { ...position, name: next }),
    );
    expect(last()?.halt).toEqual({ edge: next, nonce: 0n, epoch: 1 });
    expect(last()?.signature).not.toBe(former?.signature);
  });

  it('keeps its signature while the destination cannot be read, and reports the failure once', async () => {
    await watch(
      () => (condition = broken),
      () => (failure = new Error('away')),
      () => undefined,
    );
    expect(last()?.halt.nonce).toBe(0n);
    expect(observer.named('halt-unsigned').map(({ level }) => level)).toEqual(['warn', 'debug']);
  });
});
