import type { ChainCondition, DeliveryState, JournalState } from '@surety/workflows';
import { address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import {
  STALLED_AFTER_MS,
  type WatchedChain,
  type WatchedJournal,
  type WatcherView,
  watcherReadiness,
} from './readiness.js';

const live: ChainCondition = { kind: 'live' };
const current: JournalState = { kind: 'attesting', current: true, count: 3n, height: 16n, tipHeight: 16n, asOf: 1n };
const epochs: WatchedChain['epochs'] = { chainId: 901, knownBefore: 5n, trouble: undefined, mismatch: undefined };
const chain = (changes: Partial<WatchedChain> = {}): WatchedChain => ({
  chainId: 901,
  condition: live,
  epochs,
  ...changes,
});
const edge = (changes: Partial<WatchedJournal> = {}): WatchedJournal => ({
  originChainId: 901,
  destinationChainId: 900,
  edgeId: `0x${'ed'.repeat(32)}`,
  journal: current,
  toldAtMs: 0,
  deliveries: new Map(),
  silent: [],
  othersAsked: 1,
  ...changes,
});
const view = (changes: Partial<WatcherView> = {}): WatcherView => ({
  chains: [chain(), chain({ chainId: 900 })],
  journals: [edge(), edge({ originChainId: 900, destinationChainId: 901 })],
  balances: [],
  reports: [],
  stuck: [],
  refusal: undefined,
  historyTrouble: undefined,
  sharedDevice: false,
  stranger: undefined,
  nowMs: 0,
  ...changes,
});
const codes = (changes: Partial<WatcherView>): string[] => {
  const { ready, reasons } = watcherReadiness(view(changes));
  return [ready ? 'ready' : 'unready', ...reasons.map(({ code }) => code)];
};

describe('watcherReadiness tells of reports and stays ready', () => {
  it('that were not signed, by the first account and how many more', () => {
    const trouble = { code: 'REPORT_DIFFERS', detail: 'price' };
    const account = `0x${'11'.repeat(32)}` as NonNullable<WatcherView['reports'][number]['account']>;
    const protocol = address(`0x${'bb'.repeat(20)}`);
    const { ready, reasons } = watcherReadiness(view({ reports: [{ ...trouble, account, protocol }, trouble] }));
    const detail = `${account} at ${protocol}: REPORT_DIFFERS: price (and 1 more)`;
    expect([ready, reasons]).toEqual([true, [{ code: 'REPORTS_UNSIGNED', detail }]]);
    expect(watcherReadiness(view({ reports: [trouble] })).reasons[0]?.detail).toContain(
      'every account at every protocol',
    );
  });
});

describe('watcherReadiness tells of balances and stays ready', () => {
  const vault = address(`0x${'aa'.repeat(20)}`);
  const token = address(`0x${'bb'.repeat(20)}`);

  it('that are short, by chain, vault and asset', () => {
    const short = [{ asset: 2, token, accounted: 100n, held: 90n }];
    const { ready, reasons } = watcherReadiness(
      view({ balances: [{ chainId: 901, vault, short, trouble: undefined }] }),
    );
    expect([ready, reasons.map(({ code }) => code)]).toEqual([true, ['BALANCE_SHORT']]);
    expect(reasons[0]?.detail).toContain(`chain 901: vault ${vault} holds 90 of the 100 units of asset 2`);
  });

  it('that could not be read', () => {
    const trouble = { code: 'NO_QUORUM', detail: '2 of 4 agree' };
    expect(codes({ balances: [{ chainId: 901, vault, short: [], trouble }] })).toEqual(['ready', 'BALANCES_UNREAD']);
  });
});

describe('watcherReadiness tells of a loop beside attesting and stays ready', () => {
  it('whose pass does not end', () => {
    expect(codes({ stuck: [{ code: 'LOOP_STUCK', detail: 'x' }] })).toEqual(['ready', 'LOOP_STUCK']);
  });
});

describe('watcherReadiness is unready', () => {
  it('while no journal is watched', () => {
    expect(codes({ journals: [] })).toEqual(['unready', 'SYNCING']);
  });

  it.each([
    ['HALTED', { kind: 'halted', reason: 'two hashes', sinceMs: 0 }],
    ['NO_QUORUM', { kind: 'no-quorum', reason: '2 of 4', sinceMs: 0 }],
  ] as [string, ChainCondition][])('with %s on one of its chains, named with the chain', (code, condition) => {
    const { ready, reasons } = watcherReadiness(view({ chains: [chain({ chainId: 900 }), chain({ condition })] }));
    expect(ready).toBe(false);
    expect(reasons.map((reason) => reason.code)).toEqual([code]);
    expect(reasons[0]?.detail).toMatch(/^chain 901: /);
  });

  it.each([
    ['SYNCING', { kind: 'starting' }],
    ['SYNCING', { ...current, current: false, tipHeight: 99n }],
    ['CONTRADICTION', { kind: 'refused', code: 'CONTRADICTION', detail: 'another head' }],
    ['INCOMPLETE', { kind: 'failing', code: 'INCOMPLETE', detail: 'no logs fold', failures: 3 }],
    ['EPOCHS_UNREAD', { kind: 'failing', code: 'EPOCHS_UNREAD', detail: 'none was read yet', failures: 3 }],
  ] as [string, JournalState][])('with %s on one of its edges, named with the edge', (code, journal) => {
    const back = edge({ originChainId: 900, destinationChainId: 901, journal });
    const { ready, reasons } = watcherReadiness(view({ journals: [edge(), back] }));
    expect(ready).toBe(false);
    expect(reasons.map((reason) => reason.code)).toEqual([code]);
    expect(reasons[0]?.detail).toMatch(/^edge 900 → 901 \(0xedededed…\): /);
  });

  it('while its history cannot be written, or proved to be older than its acts', () => {
    expect(codes({ historyTrouble: 'SQLITE_FULL' })).toEqual(['unready', 'HISTORY_UNAVAILABLE']);
    expect(codes({ refusal: { code: 'HISTORY_OLDER', detail: 'lost' } })).toEqual(['unready', 'HISTORY_OLDER']);
  });

  it('while the destination has not answered what it holds of the key', () => {
    const silent = [{ kind: 'destination', name: 'chain 900' } as const];
    const { ready, reasons } = watcherReadiness(view({ journals: [edge({ silent, journal: { kind: 'starting' } })] }));
    expect([ready, reasons.map(({ code }) => code)]).toEqual([false, ['HISTORY_UNCONFIRMED']]);
    expect(reasons[0]?.detail).toMatch(/chain 900 has not answered .* nothing is signed before/);
  });

  it('once a loop has not stepped for too long, and not before', () => {
    expect(codes({ journals: [edge()], nowMs: STALLED_AFTER_MS })).toEqual(['ready']);
    expect(codes({ journals: [edge()], nowMs: STALLED_AFTER_MS + 1 })).toEqual(['unready', 'STALLED']);
  });

  it('with one reason for one cause: a chain’s trouble is not told again by its journals, and by others’ it is', () => {
    const failing: JournalState = { kind: 'failing', code: 'NO_QUORUM', detail: '2 of 4', failures: 1 };
    const condition: ChainCondition = { kind: 'no-quorum', reason: '2 of 4', sinceMs: 0 };
    const lost = { ...epochs, trouble: { code: 'NO_QUORUM', detail: '2 of 4' } };
    const chains = [chain({ condition, epochs: lost }), chain({ chainId: 900 })];
    expect(codes({ chains, journals: [edge({ journal: failing })] })).toEqual(['unready', 'NO_QUORUM']);
    const unread: JournalState = { kind: 'failing', code: 'EPOCHS_UNREAD', detail: 'none yet', failures: 1 };
    const back = edge({ originChainId: 900, destinationChainId: 901, journal: unread });
    expect(codes({ chains, journals: [edge({ journal: failing }), back] })).toEqual([
      'unready',
      'NO_QUORUM',
      'EPOCHS_UNREAD',
    ]);
  });
});

describe('watcherReadiness is ready', () => {
  it('when every chain is live and every journal current', () => {
    expect(codes({})).toEqual(['ready']);
  });

  it('but tells that the attester sets of a chain are old, or not those of the configuration', () => {
    const trouble = { code: 'UNAVAILABLE', detail: 'no proof' };
    expect(codes({ chains: [chain({ epochs: { ...epochs, trouble } })] })).toEqual(['ready', 'EPOCHS_OLD']);
    const mismatch = 'epoch 1 has others';
    expect(codes({ chains: [chain({ epochs: { ...epochs, mismatch } })] })).toEqual(['ready', 'ATTESTERS_DIFFER']);
    expect(codes({ chains: [chain({ epochs: { ...epochs, knownBefore: undefined, trouble } })] })).toEqual(['ready']);
  });

  it('but degraded, while an aggregator cannot be reached: signing goes on', () => {
    const failing: DeliveryState = {
      kind: 'failing',
      code: 'AGGREGATOR_UNREACHABLE',
      detail: 'nobody listens',
      failures: 9,
    };
    const deliveries = new Map([['http://127.0.0.1:8710', failing]]);
    expect(codes({ journals: [edge({ deliveries })] })).toEqual(['ready', 'DEGRADED_DELIVERY']);
  });

  it('but says that nobody else confirms its history, while all of them are silent and not before', () => {
    const silent = [{ kind: 'aggregator', name: 'http://127.0.0.1:8710' } as const];
    expect(codes({ journals: [edge({ silent })] })).toEqual(['ready', 'HISTORY_UNCONFIRMED']);
    expect(codes({ journals: [edge({ silent, othersAsked: 2 })] })).toEqual(['ready']);
  });

  it('but degraded, when both stores of its history lie on one device', () => {
    expect(codes({ sharedDevice: true })).toEqual(['ready', 'HISTORY_ONE_DEVICE']);
  });

  it('but degraded, when its key is no attester', () => {
    expect(codes({ stranger: '0x55' })).toEqual(['ready', 'NOT_A_MEMBER']);
  });
});
