import type { MarginLineView, MarginView } from '@surety/client';
import { describe, expect, it } from 'vitest';
import { formatMargin, gradeCells } from './format-margin.js';

const WAD = 10n ** 18n;
const grade = { assetsWad: 9n * WAD, requirementWad: 0n, freeWad: 9n * WAD, utilisationPpm: 0n };
const factors = { base: 950_000, source: 1_000_000, freshness: 1_000_000, size: 1_000_000, vol: 1_000_000 };

function marginOf(lines: readonly Partial<MarginLineView>[]): MarginView {
  const line = {
    assetId: 1,
    source: 1,
    chainId: 901,
    symbol: 'USDC',
    amount: 10_000_000n,
    coverageWad: null,
    price1e12: 10n ** 12n,
    priceInitial1e12: 10n ** 12n,
    priceFrom: 'feed',
    conditions: [],
    factors: { initial: factors, exit: factors, maintenance: factors },
    valueWad: { initial: 9n * WAD, exit: 9n * WAD, maintenance: 9n * WAD },
  };
  return {
    grades: { initial: grade, exit: grade, maintenance: grade },
    block: { chainId: 900, height: 7n },
    parameters: `0x${'ee'.repeat(32)}`,
    healthFactorWad: WAD,
    healthStep: null,
    conditions: [],
    liquidatable: false,
    deltas: [],
    lines: lines.map((change) => ({ ...line, ...change })),
  } as unknown as MarginView;
}

const NAMES = { decimalsOf: () => 6, chainNameOf: (id: number) => (id === 901 ? 'alpha' : String(id)) };
const lines = (of: readonly Partial<MarginLineView>[]): string[] => formatMargin(marginOf(of), NAMES);

describe('a margin’s lines', () => {
  it('show units, and how much of a unit counts beside those of a short asset', () => {
    const [heading, short, whole] = lines([{ coverageWad: (9n * WAD) / 10n }, { symbol: 'WETH' }]).slice(-3);
    expect(heading).toMatch(/^asset +chain +amount +coverage +price/);
    expect(short).toMatch(/^USDC +alpha +10 +90\.00 % +1 +feed/);
    expect(whole).toMatch(/^WETH +alpha +10 +all +1 +feed/);
  });

  it('say nothing of coverage while all of every unit counts', () => {
    expect(lines([{}]).join()).not.toContain('coverage');
  });

  it('say what is wrong with a line, and what that does', () => {
    const told = lines([{ conditions: ['source-stale', 'price-diverged'] }, { symbol: 'WETH' }]);
    expect(told.slice(-2)).toEqual([
      'USDC on alpha: its chain was not attested in time: less for initial from minute to minute',
      'USDC on alpha: its price jumped by more than 25 %: nothing for initial until it has stood, within the hour',
    ]);
  });

  it('say that no figure means anything while nobody answered the ledger', () => {
    const told = formatMargin({ ...marginOf([{}]), conditions: ['unanswered'] }, NAMES);
    expect(told).toContain('health: unknown, the risk manager did not answer: no figure means anything');
  });

  it('say that their block is old', () => {
    const told = formatMargin({ ...marginOf([{}]), conditions: ['block-old'] }, NAMES);
    expect(told.filter((line) => line.startsWith('this block is older than its chain explains'))).toHaveLength(1);
    expect(lines([{}]).join()).not.toContain('is older than');
  });

  it('name a chain as the configuration does, and one that it does not name by its id', () => {
    const [known, other] = lines([{}, { symbol: 'WETH', chainId: 999 }]).slice(-2);
    expect([known, other]).toEqual([expect.stringMatching(/^USDC +alpha /), expect.stringMatching(/^WETH +999 /)]);
  });

  it('never call a unit whole that misses a part', () => {
    expect(lines([{ coverageWad: WAD - 1n }]).at(-1)).toContain(' 99.99 % ');
  });
});

describe('the cells of a grade', () => {
  it('hold words where no assets cover: nobody answers, or a market doubts a price', () => {
    const assetsWad = 34_390n * WAD;
    for (const requirementWad of [2n ** 128n - 1n, 2n ** 128n + WAD, 2n ** 256n - 1n]) {
      const freeWad = assetsWad - requirementWad;
      const cells = gradeCells({ assetsWad, requirementWad, freeWad, utilisationPpm: null });
      expect(cells).toEqual(['34,390.00', 'infinite', 'none', 'above 1']);
    }
  });
});
