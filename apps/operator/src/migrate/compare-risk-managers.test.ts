import { address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { comparePrices, compareWorth } from './compare-risk-managers.js';
import type { FeedAnswer, SlotFacts, Worth } from './read-risk-manager.js';

const FEED = address(`0x${'fe'.repeat(20)}`);
const OTHER_FEED = address(`0x${'0d'.repeat(20)}`);
const kept: SlotFacts = {
  slot: 2,
  feed: FEED,
  maxAgeS: 3_600,
  price: 3_500n * 10n ** 12n,
  confPpm: 0,
  observedAt: 1_800_000_000,
};
const answer: FeedAnswer = { observedAt: kept.observedAt };

describe('prices of two risk managers', () => {
  it('are the same where feed, age, price and time are, also where neither has one yet', () => {
    const unpriced = { ...kept, slot: 3, price: 0n, observedAt: 0 };
    expect(comparePrices([kept, unpriced], [kept, unpriced], [answer, { refusal: 'too old' }])).toEqual([]);
  });

  it('differ by feed or age before any price is looked at', () => {
    const other = { ...kept, feed: OTHER_FEED, price: 1n };
    expect(comparePrices([kept], [other], [answer])).toEqual([
      `slot 2 follows ${OTHER_FEED} for up to 3600 s; expected ${FEED} for up to 3600 s`,
    ]);
    expect(comparePrices([kept], [{ ...kept, maxAgeS: 60 }], [answer])[0]).toContain('for up to 60 s; expected');
    expect(comparePrices([kept], [], [answer])[0]).toContain('slot 2 was not read');
  });

  it('say why they differ', () => {
    const missing = { ...kept, price: 0n, observedAt: 0 };
    expect(comparePrices([kept], [missing], [{ refusal: 'PriceTooOld' }])).toEqual([
      `slot 2 answers no price; expected 3500000000000000 of 2027-01-15T08:00:00.000Z as the present one does: the feed ${FEED} gives none now (PriceTooOld)`,
    ]);
    const later = { ...kept, observedAt: kept.observedAt + 1 };
    expect(comparePrices([kept], [later], [answer])[0]).toContain('one of them was poked later; run again');
    const bent = { ...kept, price: kept.price + 1n };
    expect(comparePrices([kept], [bent], [answer])[0]).toContain('gave them two answers for one time');
    expect(comparePrices([kept], [{ ...kept, confPpm: 1 }], [answer])).toHaveLength(1);
  });
});

describe('what is weighed', () => {
  const worth: Worth = { of: 'account 0x01', initialWad: 1n, exitWad: 2n, maintenanceWad: 3n, status: 0n };

  it('is the same at every grade and in its status, or is named with both figures', () => {
    expect(compareWorth([worth], [worth])).toEqual([]);
    expect(compareWorth([worth], [{ ...worth, maintenanceWad: 4n, status: 1n }])).toEqual([
      'account 0x01 is worth 1, 2, 4 (status 1); expected 1, 2, 3 (status 0)',
    ]);
    for (const change of [{ initialWad: 0n }, { exitWad: 0n }, { maintenanceWad: 0n }, { status: 2n }]) {
      expect(compareWorth([worth], [{ ...worth, ...change }])).toHaveLength(1);
    }
    expect(compareWorth([worth], [])[0]).toContain('is worth nothing; expected 1, 2, 3');
  });
});
