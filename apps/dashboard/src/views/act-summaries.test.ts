import type { LockQuoteView, ReleaseQuoteView } from '@surety/client';
import { describe, expect, it } from 'vitest';
import { wordsShown } from '../testing/words-shown.js';
import { LockSummary, ReleaseSummary } from './act-summaries.js';

const NOW_S = 1_800_000_000;
const blockOf = (ageS: number) => ({ height: 5n, timestamp: BigInt(NOW_S - ageS) });
const payment = { lane: 'fast', readyAt: 1n, waits: false, opensAt: null, largest: 10n ** 15n };
const quote = {
  block: blockOf(12),
  decimals: 6,
  symbol: 'USDC',
  fee: 0n,
  feeSuggested: 0n,
  etaS: 60,
  etaBasis: { kind: 'this-edge', samples: 9 },
  waitS: 0,
  payment,
  marginAfter: { initial: { assetsWad: 10n ** 22n, requirementWad: 0n } },
} as unknown as ReleaseQuoteView;
const shown = (over: object): string =>
  wordsShown(ReleaseSummary({ quote: { ...quote, ...over }, arrives: '500,000 USDC', nowMs: NOW_S * 1_000 }));

describe('a checked release', () => {
  it('says that it waits for witnesses, and until when at most', () => {
    const words = shown({ payment: { ...payment, waits: true, opensAt: 1_800_000_000n } });
    expect(words).toContain('Then the vault waits for witnesses');
    expect(words).toContain('above the vault’s fast limit');
    expect(words).toContain('without them it opens at 2027-01-15T08:00:00Z');
  });

  it('says that the vault does not answer, and calls nothing else unknown', () => {
    expect(shown({ waitS: null, payment: null })).toContain('Then the vault waits unknown: it does not answer');
  });

  it('says how long the vault waits', () => {
    expect(shown({ waitS: 7_200 })).toContain('Then the vault waits 2 h');
    expect(shown({ waitS: 7_200 })).not.toContain('witnesses');
  });
});

describe('a quote of an aggregator that stands still', () => {
  const lockWith = (ageS: number): string => {
    const terms = { etaS: 60, etaBasis: { kind: 'this-edge', samples: 9 }, holdUps: [], outcome: 'counted' };
    const gainedWad = { initial: 10n ** 21n, exit: 10n ** 21n, maintenance: 10n ** 21n };
    const lock = { ...terms, gainedWad, block: blockOf(ageS) } as unknown as LockQuoteView;
    return wordsShown(LockSummary({ quote: lock, arrives: '1,000 USDC', nowMs: NOW_S * 1_000 }));
  };

  it.each<[string, (ageS: number) => string]>([
    ['a lock', lockWith],
    ['a release', (ageS) => shown({ block: blockOf(ageS) })],
  ])('shows its age for %s, and warns from an hour on', (_, shownAt) => {
    expect(shownAt(3 * 86_400)).toMatch(
      /These are old figures\. +They are of a block that is 3 days old\. +Prices have moved/,
    );
    expect(shownAt(3_600)).toContain('These are old figures.');
    expect(shownAt(3_599)).toContain('At block 5, 60 min ago');
    expect(shownAt(3_599)).not.toContain('old figures');
  });
});
