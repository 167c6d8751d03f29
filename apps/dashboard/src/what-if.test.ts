import type { EngineTermsAnswer, EngineTermsView, MarginView } from '@surety/client';
import { WAD, address, accountId, tokenUnits } from '@surety/domain';
import { type AccountMargin, type Line, REQUIREMENT_INFINITE, accountMarginOf, freeMargin } from '@surety/margin';
import { describe, expect, it } from 'vitest';
import { parseSigned } from './parse-signed.js';
import { AS_IT_STANDS, agrees, cutsOf, weighWhatIf } from './what-if.js';

const NOW = 1_800_000_000n;
const ETH = 10n ** 18n;
const HASH = `0x${'0b'.repeat(32)}` as MarginView['block']['hash'];
const BLOCK: MarginView['block'] = { chainId: 900, height: 7n, hash: HASH, timestamp: NOW };

const SOURCE: EngineTermsView['sourceTerms'] = {
  state: 'LIVE',
  stateUntil: 0n,
  // Past 90 minutes, so that freshness takes something too.
  asOf: NOW - 10_000n,
  weightInitialBps: 9_500,
  weightMaintenanceBps: 9_800,
  maintenanceRamp: null,
  staleAfterMinutes: 90,
  darkAfterMinutes: 360,
  floorAfterMinutes: 4_320,
  frozenMaintenanceBps: 5_000,
  thawedAt: 0n,
};

/** Ether with a slow price below its price, and a token of its own feed; half of what is locked counts of the token. */
const TERMS: EngineTermsAnswer = {
  block: BLOCK,
  parameters: HASH,
  assets: [
    {
      assetId: 6,
      source: 2,
      underlying: 3,
      coverageWad: WAD,
      asset: { decimals: 18, baseInitialBps: 8_000, baseMaintenanceBps: 8_500, maintenanceRamp: null },
      sourceTerms: SOURCE,
      prices: [price(3_500n, 3_333n)],
    },
    {
      assetId: 7,
      source: 2,
      underlying: 1,
      coverageWad: WAD / 2n,
      asset: {
        decimals: 6,
        baseInitialBps: 9_500,
        baseMaintenanceBps: 9_800,
        maintenanceRamp: { fromBps: 9_900, toBps: 9_500, start: NOW - 10n, end: NOW + 10n },
      },
      sourceTerms: { ...SOURCE, state: 'QUARANTINED', stateUntil: NOW - 5n },
      prices: [price(1n, 1n), { ...price(1n, 1n), price1e12: 997_000_000_003n }],
    },
  ],
};

function price(whole: bigint, slow: bigint): EngineTermsView['prices'][number] {
  const of = { confPpm: 1_234, observedAt: NOW - 60n, maxAgeS: 3_600, failing: false };
  return { price1e12: whole * 10n ** 12n, slow1e12: slow * 10n ** 12n, ...of };
}

/** The margin as an aggregator states it: weighed straight from lines, without the page's code. */
function stated(requirements: bigint, status = 0n): MarginView {
  const amounts = [3n * ETH + 7n, 5_000_000_001n];
  const lines = TERMS.assets.map(({ asset, sourceTerms, prices }, at): Line => {
    const { maintenanceRamp, ...own } = asset;
    const { maintenanceRamp: none, ...source } = sourceTerms;
    expect(none).toBeNull();
    return {
      amount: tokenUnits(at === 0 ? (amounts[0] ?? 0n) : (amounts[1] ?? 0n) / 2n),
      unseasoned: tokenUnits(at === 0 ? ETH : 0n),
      seasonEnd: NOW + 100n,
      asset: { ...own, ...(maintenanceRamp === null ? {} : { maintenanceRamp }) },
      source,
      prices,
    };
  });
  const margin = accountMarginOf(lines, NOW);
  const grade = (name: keyof AccountMargin['grades'], requirementWad: bigint) => ({
    assetsWad: margin.grades[name].assets,
    requirementWad,
    freeWad: margin.grades[name].assets - requirementWad,
    utilisationPpm: null,
  });
  const account = accountId({ owner: address(`0x${'11'.repeat(20)}`), home: 0, sub: 0n });
  return {
    account,
    block: BLOCK,
    grades: {
      initial: grade('initial', status === 0n ? requirements : REQUIREMENT_INFINITE),
      exit: grade('exit', requirements),
      maintenance: grade('maintenance', requirements),
    },
    status: Number(margin.status | status),
    conditions: [],
    oldestAsOf: margin.oldestAsOf,
    healthFactorWad: 0n,
    healthStep: null,
    liquidatable: false,
    mayTakeRisk: true,
    parameters: HASH,
    deltas: [],
    lines: margin.lines.map((line, at) => ({
      assetId: TERMS.assets[at]?.assetId ?? 0,
      source: 2,
      chainId: 902,
      symbol: at === 0 ? 'WETH' : 'USDC',
      amount: amounts[at] ?? 0n,
      coverageWad: at === 0 ? null : WAD / 2n,
      unsettled: false,
      amountInitial: line.unitsInitial,
      price1e12: line.price.price1e12,
      priceInitial1e12: line.price.initial1e12,
      priceFrom: 'underlying',
      factors: {
        initial: numbersOf(line.factors.initial),
        exit: numbersOf(line.factors.exit),
        maintenance: numbersOf(line.factors.maintenance),
      },
      valueWad: line.value,
      status: 0,
      conditions: [],
    })),
  };
}

function numbersOf(factors: AccountMargin['lines'][number]['factors']['initial']) {
  const { base, source, freshness, size, vol } = factors;
  return {
    base: Number(base),
    source: Number(source),
    freshness: Number(freshness),
    size: Number(size),
    vol: Number(vol),
  };
}

describe('a what-if', () => {
  it('gives the stated integers while nothing is changed: young units, half covered, ramps and faults included', () => {
    const margin = stated(1_234n * WAD);
    expect(margin.lines.map((line) => line.valueWad.initial > 0n)).toEqual([true, true]);
    expect(agrees(weighWhatIf(margin, TERMS, AS_IT_STANDS), margin)).toBe(true);
    const { grades } = margin;
    const off = { ...margin, grades: { ...grades, exit: { ...grades.exit, assetsWad: grades.exit.assetsWad + 1n } } };
    expect(agrees(weighWhatIf(off, TERMS, AS_IT_STANDS), off)).toBe(false);
  });

  it('keeps a requirement that is not known, and the bit that says so', () => {
    const margin = stated(5n * WAD, 32n);
    const then = weighWhatIf(margin, TERMS, { ...AS_IT_STANDS, requiredWad: -WAD });
    expect(then.grades.initial.requirement).toBe(REQUIREMENT_INFINITE);
    expect([then.grades.exit.requirement, then.status & 32n]).toEqual([4n * WAD, 32n]);
    // A market that doubts a price.
    const doubted = weighWhatIf(stated(2n ** 128n - 1n), TERMS, { ...AS_IT_STANDS, requiredWad: -WAD });
    expect(doubted.grades.initial.requirement).toBe(2n ** 128n - 1n);
  });

  it('moves one underlying alone, and takes and adds units', () => {
    const margin = stated(0n);
    const gone = weighWhatIf(margin, TERMS, { ...AS_IT_STANDS, priceBps: new Map([[3, -10_000]]) });
    expect(gone.grades.maintenance.assets).toBe(margin.lines[1]?.valueWad.maintenance);
    const taken = weighWhatIf(margin, TERMS, { ...AS_IT_STANDS, units: new Map([[6, -4n * ETH]]) });
    expect(taken.grades.initial.assets).toBe(margin.lines[1]?.valueWad.initial);
    const added = weighWhatIf(margin, TERMS, { ...AS_IT_STANDS, units: new Map([[6, ETH]]) });
    expect(freeMargin(added.grades.initial)).toBeGreaterThan(margin.grades.initial.freeWad);
  });

  it('never requires less than nothing', () => {
    const { grades } = weighWhatIf(stated(WAD), TERMS, { ...AS_IT_STANDS, requiredWad: -5n * WAD });
    expect(grades.maintenance.requirement).toBe(0n);
  });
});

describe('the way from value to margin', () => {
  it('falls step by step and ends at the stated value', () => {
    const [line] = stated(0n).lines;
    if (line === undefined) throw new Error('no line');
    const cuts = cutsOf(line, 18, 'initial');
    expect(cuts.map(({ name }) => name)).toEqual([
      'Value at its price',
      'Price in doubt, or new',
      'Asset weight',
      'Chain weight',
      'Freshness',
      'Size and volatility',
    ]);
    expect(cuts[0]?.leftWad).toBe(3_500n * (3n * ETH + 7n));
    expect(cuts.at(-1)?.leftWad).toBe(line.valueWad.initial);
    const left = cuts.map(({ leftWad }) => leftWad);
    expect(left).toEqual([...left].sort((low, high) => (low > high ? -1 : 1)));
    expect(cutsOf(line, 18, 'maintenance')).toHaveLength(5);
  });
});

describe('an amount that is typed', () => {
  it('is read with its sign, and refused where it is no number of the token', () => {
    expect(['2.5', '-1,000', '−3', '+4.'].map((text) => parseSigned(text, 6))).toEqual([
      2_500_000n,
      -1_000_000_000n,
      -3_000_000n,
      4_000_000n,
    ]);
    for (const text of ['', 'x', '1e3', '0.1234567', '--1'])
      expect([text, parseSigned(text, 6)]).toEqual([text, undefined]);
  });
});
