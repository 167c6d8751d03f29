import type { ChainCondition, DeliveryState, JournalState } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { STALLED_AFTER_MS, type WatchedChain, type WatcherView, watcherReadiness } from './readiness.js';

const live: ChainCondition = { kind: 'live' };
const current: JournalState = { kind: 'attesting', current: true, count: 3n, height: 16n, tipHeight: 16n, asOf: 1n };
const chain = (changes: Partial<WatchedChain> = {}): WatchedChain => ({
  chainId: 901,
  condition: live,
  journal: current,
  toldAtMs: 0,
  deliveries: new Map(),
  ...changes,
});
const view = (changes: Partial<WatcherView> = {}): WatcherView => ({
  chains: [chain()],
  refusal: undefined,
  historyTrouble: undefined,
  stranger: undefined,
  nowMs: 0,
  ...changes,
});
const codes = (changes: Partial<WatcherView>): string[] => {
  const { ready, reasons } = watcherReadiness(view(changes));
  return [ready ? 'ready' : 'unready', ...reasons.map(({ code }) => code)];
};

describe('watcherReadiness is unready', () => {
  it('while no chain is watched', () => {
    expect(codes({ chains: [] })).toEqual(['unready', 'SYNCING']);
  });

  it.each([
    ['HALTED', { condition: { kind: 'halted', reason: 'two hashes', sinceMs: 0 } }],
    ['NO_QUORUM', { condition: { kind: 'no-quorum', reason: '2 of 4', sinceMs: 0 } }],
    ['SYNCING', { journal: { kind: 'starting' } }],
    ['SYNCING', { journal: { ...current, current: false, tipHeight: 99n } }],
    ['CONTRADICTION', { journal: { kind: 'refused', code: 'CONTRADICTION', detail: 'another head' } }],
    ['INCOMPLETE', { journal: { kind: 'failing', code: 'INCOMPLETE', detail: 'no logs fold', failures: 3 } }],
  ] as [string, Partial<WatchedChain>][])('with %s on one of its chains, named with the chain', (code, changes) => {
    const { ready, reasons } = watcherReadiness(view({ chains: [chain({ chainId: 902 }), chain(changes)] }));
    expect(ready).toBe(false);
    expect(reasons.map((reason) => reason.code)).toEqual([code]);
    expect(reasons[0]?.detail).toMatch(/^chain 901: /);
  });

  it('while its history cannot be written, or proved to be older than its acts', () => {
    expect(codes({ historyTrouble: 'SQLITE_FULL' })).toEqual(['unready', 'HISTORY_UNAVAILABLE']);
    expect(codes({ refusal: { code: 'HISTORY_OLDER', detail: 'lost' } })).toEqual(['unready', 'HISTORY_OLDER']);
  });

  it('once a loop has not stepped for too long, and not before', () => {
    expect(codes({ nowMs: STALLED_AFTER_MS })).toEqual(['ready']);
    expect(codes({ nowMs: STALLED_AFTER_MS + 1 })).toEqual(['unready', 'STALLED']);
  });

  it('with one reason for one cause', () => {
    const journal: JournalState = { kind: 'failing', code: 'NO_QUORUM', detail: '2 of 4', failures: 1 };
    expect(
      codes({ chains: [chain({ journal, condition: { kind: 'no-quorum', reason: '2 of 4', sinceMs: 0 } })] }),
    ).toEqual(['unready', 'NO_QUORUM']);
  });
});

describe('watcherReadiness is ready', () => {
  it('when every chain is live and every journal current', () => {
    expect(codes({ chains: [chain(), chain({ chainId: 902 })] })).toEqual(['ready']);
  });

  it('but degraded, while an aggregator cannot be reached: signing goes on', () => {
    const failing: DeliveryState = {
      kind: 'failing',
      code: 'AGGREGATOR_UNREACHABLE',
      detail: 'nobody listens',
      failures: 9,
    };
    const deliveries = new Map([['http://127.0.0.1:8710', failing]]);
    expect(codes({ chains: [chain({ deliveries })] })).toEqual(['ready', 'DEGRADED_DELIVERY']);
  });

  it('but degraded, when its key is no attester', () => {
    expect(codes({ stranger: '0x55' })).toEqual(['ready', 'NOT_A_MEMBER']);
  });
});
