import { AppError } from '@surety/domain';
import { FailingLoops, type NotesFailing } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { type ChainDesk, startChain, watchWallet } from './chain-desk.js';
import type { ChainState } from './relayer-state.js';
import type { RelayerParts } from './run-relayer.js';

const refused = new AppError({ code: 'RPC_REFUSED', message: 'header not found' });

/** A relayer's world whose first answers fail, and whose clock ends it after some pauses. */
function world(failures: readonly unknown[], pauses: number, renew: () => void = () => undefined) {
  const stop = new AbortController();
  const told: string[] = [];
  let [left, released, paused] = [0, 0, 0];
  const queue = [...failures];
  const failing = async (): Promise<bigint> => {
    const failure = queue.shift();
    if (failure !== undefined) throw failure;
    return 7n;
  };
  const parts = {
    failingLoops: new FailingLoops({ elapsedMs: () => 0 }),
    holdLease: () => ({ release: () => (released += 1), renew }),
    telemetry: { observer: { observe: ({ name }: { name: string }) => told.push(name) } },
    clock: { nowMs: () => 0, elapsedMs: () => 0, sleep: async () => void (++paused >= pauses && stop.abort()) },
  } as unknown as RelayerParts & NotesFailing;
  const desk = {
    chain: { chainId: 7, ledger: null, vaults: [] },
    policy: { relay: { pollIntervalMs: 1 }, walletIntervalMs: 1 },
    ledger: { distrustProvider: () => (left += 1) },
    sender: {
      address: '0x11',
      recover: failing,
      readStatus: async () => ({ recovering: false, underWay: 0, day: undefined }),
    },
    readsOfEach: [{ readBalance: failing }],
    vaults: [],
  } as unknown as ChainDesk;
  const state = { walletWei: null, walletLowWei: 1n, starting: 'x' } as ChainState;
  return { stop, told, parts, desk, state, distrusted: () => left, released: () => released };
}

describe('a chain whose provider refuses a read', () => {
  it('starts once another one answers', async () => {
    const { parts, desk, state, stop, told, distrusted, released } = world([refused], 5);
    expect(await startChain(parts, desk, state, stop.signal)).toBeDefined();
    expect([state.starting, told, distrusted(), released()]).toEqual([null, ['start-delayed'], 1, 0]);
  });

  it('sends nothing once its lease is gone, however long it waited', async () => {
    let looks = 0;
    const lost = new AppError({ code: 'LEASE_LOST', message: 'gone', retryable: true });
    const { parts, desk, state, stop, released } = world([refused], 5, () => {
      if (++looks > 2) throw lost;
    });
    await expect(startChain(parts, desk, state, stop.signal)).rejects.toBe(lost);
    expect([looks, released()]).toEqual([3, 1]);
  });

  it('keeps its wallet watched', async () => {
    const { parts, desk, state, stop, distrusted } = world([refused, refused], 3);
    await watchWallet(parts, desk, state, stop.signal);
    expect([state.walletWei, distrusted()]).toEqual([7n, 2]);
  });
});

describe('the balance of a wallet', () => {
  const elsewhere = new AppError({ code: 'CHAIN_MISMATCH', message: 'chain 8' });
  const silent = new AppError({ code: 'RPC_UNAVAILABLE', message: 'no answer', retryable: true });

  function watching(...words: readonly (bigint | AppError)[]) {
    const made = world([], 1);
    const readsOfEach = words.map((word) => ({
      readBalance: async () => (typeof word === 'bigint' ? word : Promise.reject(word)),
    }));
    const desk = { ...made.desk, readsOfEach } as unknown as ChainDesk;
    return { ...made, done: watchWallet(made.parts, desk, made.state, made.stop.signal) };
  }

  it.each<[name: string, words: (bigint | AppError)[]]>([
    ['lags behind the coin that was sent', [0n, 7n, 7n, 7n]],
    ['invents riches', [7n, 900n, 7n, 7n]],
    ['is at another chain', [elsewhere, 7n, 7n, 7n]],
    ['is silent', [7n, silent, 7n, 7n]],
  ])('is what the others say where one of four %s', async (_, words) => {
    const { done, state, told } = watching(...words);
    await done;
    expect([state.walletWei, told]).toEqual([7n, ['wallet-read']]);
  });

  it('is unknown, and ends nothing, while those of this chain are silent', async () => {
    const { done, state } = watching(elsewhere, silent);
    await done;
    expect(state.walletWei).toBeNull();
  });
});

describe('the code of a contract', () => {
  const contract = { address: '0x22', codeHash: '0xaa', listedAs: 'vaults[0].vault' };
  const silent = new AppError({ code: 'RPC_UNAVAILABLE', message: 'no answer', retryable: true });
  const elsewhere = new AppError({ code: 'CHAIN_MISMATCH', message: 'chain 8' });

  /** Providers that say this of the code, in their order; an error is what they fail with. */
  function worldSaying(words: readonly (string | AppError)[]) {
    const made = world([], 2);
    const readsOfEach = words.map((word) => ({
      readCodeHash: async () => (typeof word === 'string' ? word : Promise.reject(word)),
    }));
    const desk = {
      ...made.desk,
      chain: { chainId: 7, ledger: null, vaults: [contract, { ...contract, address: '0x33' }] },
      readsOfEach,
    } as unknown as ChainDesk;
    return { ...made, start: () => startChain(made.parts, desk, made.state, made.stop.signal) };
  }

  it('is what one provider says it is; who says another is left once, however many contracts it says it of', async () => {
    const { start, distrusted } = worldSaying(['0xbb', silent, elsewhere, '0xaa']);
    expect(await start()).toBeDefined();
    expect(distrusted()).toBe(1);
  });

  it('is another only if all say so: who does not answer is waited for', async () => {
    const { start, told, released } = worldSaying(['0xbb', silent]);
    expect(await start()).toBeUndefined();
    expect([told, released()]).toEqual([['start-delayed', 'start-delayed'], 1]);
  });

  it('ends the start where all say another, those of other chains aside', async () => {
    await expect(worldSaying(['0xbb', elsewhere]).start()).rejects.toMatchObject({ code: 'CODE_CHANGED' });
    await expect(worldSaying([elsewhere, elsewhere]).start()).rejects.toBe(elsewhere);
  });
});

describe('what no provider can mend', () => {
  const broken = new AppError({ code: 'OUTBOX_CORRUPT', message: 'x' });

  it('ends the start and gives the lease back', async () => {
    const { parts, desk, state, stop, released } = world([broken], 5);
    await expect(startChain(parts, desk, state, stop.signal)).rejects.toBe(broken);
    expect(released()).toBe(1);
  });

  it('ends the watching of the wallet', async () => {
    const { parts, desk, state, stop } = world([broken], 5);
    await expect(watchWallet(parts, desk, state, stop.signal)).rejects.toBe(broken);
  });
});
