import type { ReleaseQuoteView } from '@surety/client';
import { describe, expect, it } from 'vitest';
import { wordsShown } from '../testing/words-shown.js';
import { ReleaseSummary } from './act-summaries.js';

const payment = { lane: 'fast', readyAt: 1n, waits: false, opensAt: null, largest: 10n ** 15n };
const quote = {
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
  wordsShown(ReleaseSummary({ quote: { ...quote, ...over }, arrives: '500,000 USDC' }));

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
