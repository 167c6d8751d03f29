import { AppError } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { freshKeeperState } from './keeper-state.js';
import { type KeeperWorld, startKeeper } from './run-keeper.js';

const LEDGER = `0x${'1e'.repeat(20)}`;
const CODE = `0x${'Ab'.repeat(32)}`;

/** A keeper's world whose provider gives these code hashes in turn, and whose clock ends it after some pauses. */
function world(hashes: readonly (string | AppError)[], { pauses = 9, isDryRun = false, ties = [] as AppError[] } = {}) {
  const stop = new AbortController();
  const told: unknown[] = [];
  const counts = { recovered: 0, distrusted: 0 };
  let paused = 0;
  const queue = [...hashes];
  const read = async (): Promise<string> => {
    const next = queue.shift() ?? CODE.toLowerCase();
    if (typeof next === 'string') return next;
    throw next;
  };
  const made = {
    parts: {
      config: { isDryRun, settlement: { ledger: LEDGER, ledgerCodeHash: CODE, chainId: 7 } },
      clock: { nowMs: () => 0, sleep: async () => void (++paused >= pauses && stop.abort()) },
      telemetry: {
        observer: { observe: ({ name, fields }: { name: string; fields: object }) => told.push([name, fields]) },
      },
    },
    policy: { auctions: { pollIntervalMs: 1 } },
    reads: { readCodeHash: read },
    sender: { recover: async () => void (counts.recovered += 1) },
    desk: {
      requireTies: async () => {
        const failure = ties.shift();
        if (failure !== undefined) throw failure;
      },
      distrustProvider: () => (counts.distrusted += 1),
    },
    state: freshKeeperState({ walletLowWei: 1n, isDryRun, failingLoops: { stuckReasons: () => [] } }),
  } as unknown as KeeperWorld;
  const start = (renew: () => void = () => undefined) => startKeeper(made, { renew }, stop.signal);
  return { made, stop, told, counts, start };
}

describe('a keeper', () => {
  it('begins once a provider names the configured contracts, and what was under way is finished', async () => {
    const mismatch = new AppError({ code: 'AUCTION_MISMATCH', message: 'another ledger', retryable: true });
    const { start, made, counts, told } = world([`0x${'cd'.repeat(32)}`], { ties: [mismatch] });
    await start();
    expect([made.state.starting, counts]).toEqual([null, { recovered: 1, distrusted: 2 }]);
    expect(told).toMatchObject([
      ['start-delayed', { detail: expect.stringContaining('check settlement.ledger') }],
      ['start-delayed', { detail: 'another ledger' }],
    ]);
  });

  it('sends nothing once its lease is gone', async () => {
    const { start, counts } = world([]);
    let looks = 0;
    const lost = new AppError({ code: 'LEASE_LOST', message: 'gone', retryable: true });
    const renew = (): void => {
      if (++looks === 2) throw lost;
    };
    await expect(start(renew)).rejects.toBe(lost);
    expect(counts.recovered).toBe(0);
  });

  it('says what it waits for while no provider does', async () => {
    const other = Array.from({ length: 9 }, () => `0x${'cd'.repeat(32)}`);
    const { start, made, counts } = world(other, { pauses: 3 });
    await start();
    expect([made.state.starting, counts.recovered]).toEqual([expect.stringContaining('hashes to 0xcd'), 0]);
  });

  it('ends at what no provider can mend', async () => {
    const broken = new AppError({ code: 'CHAIN_MISMATCH', message: 'x' });
    await expect(world([broken]).start()).rejects.toBe(broken);
  });

  it('leaves what was under way alone in a dry run', async () => {
    const { start, made, counts } = world([], { isDryRun: true });
    await start();
    expect([made.state.starting, counts.recovered]).toEqual([null, 0]);
  });
});
