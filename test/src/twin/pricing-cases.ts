import { keccak256 } from '@surety/contracts';
import { WAD } from '@surety/domain';
import {
  black76,
  callDeltaOf,
  cumulativeShare,
  logarithmOf,
  moneynessOf,
  perpRatioOf,
  perpRequirementOf,
  preparedTotalVol,
  rootYearsOf,
} from '@surety/margin';
import { type Draw, drawOf } from './draw.js';
import { DIGEST_BYTES } from './margin-books.js';
import { PackedBytes } from './packed-bytes.js';
import { answersOfStandard, drawMarket, drawStandard, drawTerms, packStandard, packTerms } from './standard-cases.js';

/** Cases of one chunk. */
const CASES_IN_CHUNK = 256;
const GRADES = ['initial', 'exit', 'maintenance'] as const;

/** A question about prices or requirements with the engine's answers by name, in the order in which Solidity has them. */
export interface PricingCase {
  readonly kind: 'logarithm' | 'cumulative' | 'option' | 'perp' | 'standard';
  readonly inputs: unknown;
  readonly answers: ReadonlyMap<string, bigint>;
  pack(into: PackedBytes): void;
}

const KINDS = ['logarithm', 'cumulative', 'option', 'perp', 'standard'] as const;

/** Draws one chunk of a seed. */
export function drawPricingChunk(seed: number, chunk: number): readonly PricingCase[] {
  const draw = drawOf(seed, chunk);
  return Array.from({ length: CASES_IN_CHUNK }, () => {
    const chance = draw.between(0, 99);
    if (chance < 6) return drawLogarithm(draw);
    if (chance < 12) return drawCumulative(draw);
    if (chance < 66) return drawOption(draw);
    return chance < 95 ? drawPerp(draw) : standardCase(draw);
  });
}

const answered = new PackedBytes();

/** Writes a chunk as `test/twin/PricingTwin.t.sol` reads it. */
export function packPricingChunk(cases: readonly PricingCase[], into: PackedBytes): void {
  into.count(cases.length, 2);
  for (const one of cases) {
    into.count(KINDS.indexOf(one.kind), 1);
    one.pack(into);
    const words = answered
      .clear()
      .words(...one.answers.values())
      .view();
    into.append(keccak256(words).subarray(0, DIGEST_BYTES));
  }
}

/** Tells a case and each integer in which the contracts' answers, as hex, differ from the engine's. */
export function describePricing({ kind, inputs, answers }: PricingCase, answeredHex: string): string {
  const contracts = [...answeredHex.replace(/^0x/, '').matchAll(/.{64}/g)].map(([word]) => BigInt(`0x${word}`));
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);
  const differences = [...answers].flatMap(([name, value], at) =>
    contracts[at] === BigInt.asUintN(256, value)
      ? []
      : [`${kind}.${name}: engine ${value}, contracts ${contracts[at] ?? 'nothing'}`],
  );
  return [JSON.stringify(inputs, plain), ...differences].join('\n');
}

function drawLogarithm(draw: Draw): PricingCase {
  const integer = draw.onceIn(4) ? (1n << BigInt(draw.between(0, 255))) + draw.bits(2) : draw.sized(256) + 1n;
  const fits = BigInt.asUintN(256, integer);
  const value = fits === 0n ? 1n : fits;
  return {
    kind: 'logarithm',
    inputs: { integer: value },
    answers: new Map([['logarithm', logarithmOf(value)]]),
    pack: (into) => void into.words(value),
  };
}

function drawCumulative(draw: Draw): PricingCase {
  const z =
    (draw.onceIn(8) ? draw.sized(120) : draw.bits(draw.pick([90, 96, 98, 99, 102]))) * (draw.onceIn(2) ? 1n : -1n);
  return {
    kind: 'cumulative',
    inputs: { z },
    answers: new Map([['share', cumulativeShare(z)]]),
    pack: (into) => void into.words(z),
  };
}

function drawOption(draw: Draw): PricingCase {
  const forward = draw.onceIn(30)
    ? 0n
    : draw.onceIn(4)
      ? draw.sized(127)
      : WAD * BigInt(draw.between(1, 200_000)) + draw.bits(58);
  const near = (forward * BigInt(draw.between(200, 5_000))) / 1_000n;
  const strike = draw.pick([() => near, () => near, () => draw.sized(127), () => forward])();
  const vol = draw.onceIn(8) ? draw.sized(80) : (WAD * BigInt(draw.between(1, 30_000))) / 10_000n;
  const seconds = draw.onceIn(8) ? draw.sized(40) : BigInt(draw.between(0, 2 * 365 * 86_400));
  const totalVol = preparedTotalVol((vol * rootYearsOf(seconds) + WAD / 2n) / WAD);
  const moneyness = moneynessOf(forward, BigInt.asUintN(127, strike));
  const { call, put } = black76(moneyness, totalVol);
  return {
    kind: 'option',
    inputs: { forward, strike: moneyness.strike, vol, seconds },
    answers: new Map([
      ['call', call],
      ['put', put],
      ['callDelta', callDeltaOf(moneyness, totalVol)],
    ]),
    pack: (into) => void into.uint(forward, 16).uint(moneyness.strike, 16).uint(vol, 16).uint(seconds, 8),
  };
}

function drawPerp(draw: Draw): PricingCase {
  const terms = drawTerms(draw).perp;
  const { perpPrice: price, openInterest } = drawMarket(draw);
  const size = draw.sized(100);
  const figures = GRADES.flatMap((grade): [string, bigint][] => [
    [`ratio.${grade}`, perpRatioOf(terms, size, { grade, openInterest })],
    [`requirement.${grade}`, perpRequirementOf(terms, { size, price }, { grade, openInterest })],
  ]);
  return {
    kind: 'perp',
    inputs: { terms, size, price, openInterest },
    answers: new Map(figures),
    pack: (into) => {
      packTerms(terms, into);
      into.uint(size, 16).uint(price, 16).uint(openInterest, 16);
    },
  };
}

function standardCase(draw: Draw): PricingCase {
  const standard = drawStandard(draw);
  return {
    kind: 'standard',
    inputs: standard,
    answers: answersOfStandard(standard),
    pack: (into) => packStandard(standard, into),
  };
}
