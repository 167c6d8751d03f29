import { AppError, address, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { AccountHints } from '../ports/auctions.js';
import { FakeAuctions, STARTER_POLICY, bidsAt } from '../testing/fake-auctions.js';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type KeepAuctionsDeps, type KeeperStatus, keepAuctions } from './keep-auctions.js';

const protocol = address(`0x${'c1'.repeat(20)}`);
const ANN = bytes32(`0x${'aa'.padStart(64, '0')}`);
const desk = new FakeAuctions(protocol);
const observer = new RecordingObserver();
const listed = { account: ANN, aM: 99n, qM: 100n, block: { height: 1n } };
const hints: AccountHints = { readAccountsBelow: async () => [listed], readLeastHealthy: async () => [listed] };

/** A keeper that starts auctions and bids. */
function deps(more: Partial<KeepAuctionsDeps>): KeepAuctionsDeps {
  const policy = { ...STARTER_POLICY, bids: bidsAt(protocol) };
  return { hints: [hints], desk, clock: new FakeClock(), observer, policy, ...more };
}

describe('the loop', () => {
  it('reports each pass and each failure, and goes on', async () => {
    const clock = new FakeClock();
    const statuses: KeeperStatus[] = [];
    const stop = new AbortController();
    desk.failing.add(ANN);
    clock.setBack(86_400_000);
    const done = keepAuctions(deps({ clock, report: (status) => statuses.push(status) }), stop.signal);
    await settle();
    desk.failing.clear();
    for (let block = 0; block < 2; block++) {
      desk.height += 1n;
      await clock.advance(5_000);
    }
    stop.abort();
    await done;
    expect(statuses.map(({ problem }) => problem?.code)).toContain('RPC_UNAVAILABLE');
    expect(statuses.at(-1)).toMatchObject({ accounts: 1, problem: null });
    for (const { passedAtMs } of statuses) expect(clock.elapsedMs() - passedAtMs).toBeLessThanOrEqual(10_000);
    expect(desk.acts).toEqual(['start aa', 'bid aa']);
    expect([desk.distrusted, observer.named('keeping-auctions-failed').length]).toEqual([1, 1]);
  });

  it('looks at an account whose bid is left once in a block', async () => {
    const [seen, clock, stop] = [new FakeAuctions(protocol), new FakeClock(), new AbortController()];
    seen.startByRival(ANN);
    const silent = {
      readAccount: () => Promise.reject(new Error('no')),
      readTaker: () => Promise.reject(new Error('no')),
    };
    const done = keepAuctions(deps({ desk: seen, opinions: [seen, silent, silent], clock }), stop.signal);
    const looks: number[] = [];
    for (let block = 0; block < 2; block++) {
      await clock.advance(8_000);
      // The keeper's own look, and that of the one provider that answers.
      looks.push(seen.read.length);
      [seen.height, seen.timeS] = [seen.height + 1n, seen.timeS + 12n];
    }
    stop.abort();
    await done;
    expect([looks, seen.bids]).toEqual([[2, 4], []]);
  });

  it('ends at another chain', async () => {
    const elsewhere = new AppError({ code: 'CHAIN_MISMATCH', message: 'chain 8' });
    const fail = () => Promise.reject(elsewhere);
    const hint = { readAccountsBelow: fail, readLeastHealthy: fail };
    await expect(keepAuctions(deps({ hints: [hint] }), new AbortController().signal)).rejects.toBe(elsewhere);
  });
});
