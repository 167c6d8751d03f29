import { WAD, address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type RequiringProtocol, whatKeeps } from './ask-release.js';

const LINE = address(`0x${'8f'.repeat(20)}`);
const VENUE = address(`0x${'9e'.repeat(20)}`);
const short = { assetsWad: 2_000n * WAD, requiredWad: 8_000n * WAD };
const lender: RequiringProtocol = {
  protocol: LINE,
  name: 'market usds',
  requiredWad: 8_000n * WAD,
  debt: { units: 7_272_727_272n, decimals: 6, symbol: 'USDS' },
};

describe('what keeps the rest of a line', () => {
  it('is a debt to repay in its own token, by the share of its requirement that is missing, rounded up', () => {
    expect(whatKeeps(short, [lender])).toBe(`repay 5,454.545454 USDS at market usds ${LINE} for the rest`);
    expect(whatKeeps({ ...short, assetsWad: short.requiredWad - 1n }, [lender])).toContain('repay 0.000001 USDS');
  });

  it('is a requirement to lower where the protocol tells no debt, and the next protocol’s where one is not enough', () => {
    const venue = { ...lender, protocol: VENUE, name: undefined, requiredWad: 4_000n * WAD, debt: undefined };
    expect(whatKeeps(short, [venue])).toBe(`lower by 4,000.00 what ${VENUE} requires for the rest`);
    expect(whatKeeps(short, [venue, { ...lender, requiredWad: 4_000n * WAD }])).toBe(
      `lower by 4,000.00 what ${VENUE} requires and repay 3,636.363636 USDS at market usds ${LINE} for the rest`,
    );
  });

  it('is told without names where no protocol answers', () => {
    expect(whatKeeps(short, [])).toBe('lower by 6,000.00 what protocols require, or lock more for the rest');
  });
});
