import { type AtGrades, type FactorsView, type GradeView, MARGIN_CONDITIONS, type MarginCondition } from '@surety/api';
import {
  type AccountMargin,
  type Factors,
  type GradeMargin,
  MARGIN_STATUS,
  freeMargin,
  utilisationPpmOf,
} from '@surety/margin';

const CONDITION_BITS: Readonly<Record<MarginCondition, bigint>> = {
  'price-stale': MARGIN_STATUS.PRICE_STALE,
  'price-missing': MARGIN_STATUS.PRICE_MISSING,
  'source-stale': MARGIN_STATUS.SOURCE_STALE,
  'source-dark': MARGIN_STATUS.SOURCE_DARK,
  'source-frozen': MARGIN_STATUS.SOURCE_FROZEN,
  unanswered: MARGIN_STATUS.UNANSWERED,
  'price-uncertain': MARGIN_STATUS.PRICE_UNCERTAIN,
  'price-diverged': MARGIN_STATUS.PRICE_DIVERGED,
  'price-failing': MARGIN_STATUS.PRICE_FAILING,
};

/** Returns the names of a status's bits, the lowest first. */
export function conditionsOf(status: bigint): MarginCondition[] {
  return MARGIN_CONDITIONS.filter((name) => (status & CONDITION_BITS[name]) !== 0n);
}

/** Returns a margin at its three grades. */
export function viewGrades({ grades }: AccountMargin): AtGrades<GradeView> {
  return byGrade((grade) => gradeView(grades[grade]));
}

/** Returns a value at each grade. */
export function byGrade<Value>(pick: (grade: 'initial' | 'exit' | 'maintenance') => Value): AtGrades<Value> {
  return { initial: pick('initial'), exit: pick('exit'), maintenance: pick('maintenance') };
}

function gradeView(grade: GradeMargin): GradeView {
  return {
    assetsWad: grade.assets,
    requirementWad: grade.requirement,
    freeWad: freeMargin(grade),
    utilisationPpm: utilisationPpmOf(grade) ?? null,
  };
}

/** Returns the factors of a weight. */
export function viewFactors({ base, source, freshness, size, vol }: Factors): FactorsView {
  return {
    base: Number(base),
    source: Number(source),
    freshness: Number(freshness),
    size: Number(size),
    vol: Number(vol),
  };
}
