import type { MarginView } from '@surety/client';
import { WAD } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { wordsShown } from '../testing/words-shown.js';
import { Grades } from './grades.js';

const NOW_S = 1_800_000_000;
const grade = { assetsWad: 100n * WAD, requirementWad: 0n };
const margin = {
  grades: { initial: grade, exit: grade, maintenance: grade },
  healthFactorWad: WAD,
  conditions: [],
  liquidatable: false,
  mayTakeRisk: true,
} as unknown as MarginView;

/** The words for a margin of a block so many seconds ago. */
function shownAfter(seconds: number, over: Partial<MarginView> = {}): string {
  const block = { height: 7n, timestamp: BigInt(NOW_S - seconds) } as MarginView['block'];
  return wordsShown(Grades({ margin: { ...margin, block, ...over }, nowMs: NOW_S * 1_000 }));
}

describe('the margin of an account', () => {
  it('says how old its block is', () => {
    expect(shownAfter(1_200)).toContain('At block 7, 20 min ago');
    expect(shownAfter(1_200)).toContain('may open and take out');
    expect(shownAfter(1_200)).not.toContain('old figures');
  });

  it('promises nothing at a block of hours ago', () => {
    const words = shownAfter(2 * 3_600);
    expect(words).toMatch(/^These are old figures\. +They are of a block that is 2 h old\. /);
    expect(words).toContain('not known now');
    expect(words).not.toContain('may open and take out');
  });

  it('shows no health where no worth is known', () => {
    expect(shownAfter(0)).toContain('Health 1.000');
    const words = shownAfter(0, { healthFactorWad: 0n, conditions: ['unanswered'], mayTakeRisk: false });
    expect(words).toContain('Health not known');
    expect(words).toContain('may not open or take out');
  });

  it('says by itself that the block is old, which makes nothing count less', () => {
    const old = shownAfter(1_800, { conditions: ['block-old'] });
    expect(old).toContain('The block is older than its chain explains');
    expect(old).not.toContain('Something counts less');
    const stale = shownAfter(1_800, { conditions: ['price-stale', 'block-old'] });
    expect(stale).toMatch(/counts less than it could: +the price is older than allowed ?\./);
    expect(shownAfter(2 * 3_600, { conditions: ['block-old'] })).not.toContain('than its chain explains');
  });

  it('still warns there of what was seen', () => {
    expect(shownAfter(2 * 3_600, { liquidatable: true })).toContain('may be liquidated now');
  });

  it('calls no block of a clock that runs ahead old', () => {
    expect(shownAfter(-90)).toContain('At block 7, 0 s ago');
  });
});
