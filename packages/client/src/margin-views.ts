import type { ByGrade, FactorsView, GradeView, HealthCrossingView, MarginView } from './margin-wire.js';
import {
  type Reader,
  badAnswer,
  flag,
  list,
  natural,
  nullable,
  oneOf,
  record,
  text,
  unsigned,
  word,
  u16,
  u64,
  u128,
  u256,
} from './reader.js';
import { readTimedBlock } from './read-timed-block.js';

function byGrade<Value>(inner: Reader<Value>): Reader<ByGrade<Value>> {
  return record<ByGrade<Value>>({ initial: inner, exit: inner, maintenance: inner });
}

const signedWad: Reader<bigint> = (value, path) => {
  if (typeof value !== 'string' || !/^-?(?:0|[1-9][0-9]{0,77})$/.test(value)) {
    throw badAnswer(path, value, 'a decimal integer');
  }
  return BigInt(value);
};

const factors: Reader<FactorsView> = record<FactorsView>({
  base: natural,
  source: natural,
  freshness: natural,
  size: natural,
  vol: natural,
});

const grade: Reader<GradeView> = record<GradeView>({
  assetsWad: u256,
  requirementWad: u256,
  freeWad: signedWad,
  // Up to 2^256 / 1 in parts per million.
  utilisationPpm: nullable(unsigned(276)),
});

/** Reads the sums of a margin at its three grades. */
export const readGrades: Reader<ByGrade<GradeView>> = byGrade(grade);

/** Reads a margin. */
export const readMarginView: Reader<MarginView> = record<MarginView>({
  account: word,
  block: readTimedBlock,
  grades: readGrades,
  status: natural,
  oldestAsOf: u64,
  healthFactorWad: u256,
  healthStep: nullable(text),
  liquidatable: flag,
  mayTakeRisk: flag,
  parameters: word,
  lines: list(
    record({
      assetId: u16,
      source: u16,
      chainId: natural,
      symbol: text,
      amount: u128,
      coverageWad: nullable(u64),
      unsettled: flag,
      amountInitial: u128,
      price1e12: u128,
      priceFrom: oneOf(['feed', 'underlying'] as const),
      factors: byGrade(factors),
      valueWad: byGrade(u256),
      status: natural,
    }),
  ),
  deltas: list(record({ underlying: u16, symbols: list(text), deltaWad: u256, valueWad: u256 })),
});

/** Reads the data of an event `health`. */
export const readHealthCrossing: Reader<HealthCrossingView> = record<HealthCrossingView>({
  account: word,
  step: text,
  direction: oneOf(['down', 'up'] as const),
  aM: u256,
  qM: u256,
  block: readTimedBlock,
});
