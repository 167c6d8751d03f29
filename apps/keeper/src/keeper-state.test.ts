import { describe, expect, it } from 'vitest';
import { KEEPER_PASS_STALE_MS, type KeeperState, freshKeeperState, keeperReadiness } from './keeper-state.js';

const failingLoops = { stuckReasons: () => [] };

const AT = { elapsedMs: 1_000_000 };

function running(change: Partial<KeeperState> = {}): KeeperState {
  const auctions = { passedAtMs: AT.elapsedMs, accounts: 2, auctions: 1, problem: null };
  return {
    ...freshKeeperState({ walletLowWei: 100n, isDryRun: false, failingLoops }),
    starting: null,
    walletWei: 100n,
    auctions,
    ...change,
  };
}

const read = (change: Partial<KeeperState> = {}): unknown[] => {
  const { ready, reasons } = keeperReadiness(running(change), AT);
  return [ready, ...reasons.map(({ code }) => code)];
};
const passed = (passedAtMs: number, problem: { code: string; detail: string } | null = null) => {
  return { passedAtMs, accounts: 0, auctions: 0, problem };
};

describe('a keeper is not ready', () => {
  it('before it has begun, and before a pass has ended', () => {
    const fresh = freshKeeperState({ walletLowWei: 100n, isDryRun: false, failingLoops });
    expect(keeperReadiness(fresh, AT)).toEqual({
      ready: false,
      reasons: [{ code: 'STARTING', detail: 'its contracts were not read yet' }],
    });
    expect(read({ auctions: null })).toEqual([false, 'AUCTIONS_NOT_READ']);
  });

  it('while its passes fail or stand still', () => {
    expect(read({ auctions: passed(AT.elapsedMs, { code: 'RPC_UNAVAILABLE', detail: 'x' }) })).toEqual([
      false,
      'RPC_UNAVAILABLE',
    ]);
    expect(read({ auctions: passed(AT.elapsedMs - KEEPER_PASS_STALE_MS - 1) })).toEqual([false, 'AUCTIONS_STUCK']);
  });

  it('with an empty wallet, unless it sends nothing', () => {
    expect(read({ walletWei: 0n })).toEqual([false, 'EMPTY_WALLET']);
    expect(read({ walletWei: 0n, isDryRun: true })).toEqual([true, 'EMPTY_WALLET', 'DRY_RUN']);
  });
});

describe('a ready keeper', () => {
  it('names nothing while all is well, to the last moment', () => {
    expect(read()).toEqual([true]);
    expect(read({ auctions: passed(AT.elapsedMs - KEEPER_PASS_STALE_MS) })).toEqual([true]);
  });

  it('names a loop whose pass does not end', () => {
    const reason = { code: 'LOOP_STUCK' as const, detail: 'the loop of wallet-unread' };
    expect(read({ failingLoops: { stuckReasons: () => [reason] } })).toEqual([true, 'LOOP_STUCK']);
  });

  it('names a low wallet and a low budget', () => {
    const day = { budgetWei: 100n, spentWei: 70n, pendingWei: 10n };
    const sender = { recovering: false, underWay: 0, day };
    expect(read({ walletWei: 99n, sender })).toEqual([true, 'LOW_WALLET', 'BUDGET_LOW']);
  });
});
