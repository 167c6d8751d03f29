import { WAD } from '@surety/domain';
import { type Moneyness, type OptionType, outOfTheMoneyValue, preparedTotalVol } from '../pricing/black76.js';
import { type TotalVol, logarithmOf } from '../pricing/black-kernel.js';
import { divide } from '../number/division.js';
import { productDown } from './wad.js';
import {
  type SkewShock,
  type VolShock,
  logStrikeOf,
  rootYearsOf,
  skewFactor,
  skewWidthOf,
  volShockFactors,
} from './vol-shock.js';

/** A scenario's effect on volatilities. */
export type VolMove = 'up' | 'down' | 'none' | 'skew-linear' | 'skew-abs';

/** An option held or owed; strike, quantity (negative short) and annual volatility with 18 decimals. */
export interface OptionPosition {
  readonly strike: bigint;
  readonly type: OptionType;
  readonly quantity: bigint;
  readonly vol: bigint;
}

/** All options of one expiry with the parts of their forward; prices with 18 decimals. */
export interface ExpiryPositions {
  readonly secondsToExpiry: bigint;
  /** The part that an average has fixed already. */
  readonly forwardFixed: bigint;
  readonly forwardVariable: bigint;
  readonly options: readonly OptionPosition[];
}

/** The moves of a book's volatilities. */
export interface VolMoves {
  readonly volShock: VolShock;
  readonly skew?: SkewShock;
}

/**
 * The options of one expiry, prepared for many scenarios: logarithms of strikes and quotients of volatilities are computed
 * once for each option and move, those of forwards once for each spot factor.
 */
export class ExpiryBook {
  readonly positions: ExpiryPositions;
  readonly #moves: VolMoves;
  readonly #logStrikes: readonly bigint[];
  readonly #rootYears: bigint;
  readonly #vols = new Map<VolMove, readonly (TotalVol | undefined)[]>();
  /** Shared by two moves: the factors of both shocks, and ln(strike/forward) of each option. */
  #shocks: ReturnType<typeof volShockFactors> | undefined;
  #distances: readonly (bigint | undefined)[] | undefined;
  readonly #forwards = new Map<bigint, { readonly forward: bigint; readonly logarithm: bigint }>();

  constructor(positions: ExpiryPositions, moves: VolMoves) {
    this.positions = positions;
    this.#moves = moves;
    this.#logStrikes = positions.options.map(({ strike }) => logarithmOrZero(strike));
    this.#rootYears = rootYearsOf(positions.secondsToExpiry);
  }

  /**
   * Returns the undiscounted value of all options with the variable part of the forward times `spot` and volatilities moved,
   * 18 decimals, rounded to −∞. Error: 1e-14 of every option's out-of-the-money value, and 1e-18 for each unit held.
   */
  valueAt(spot: bigint, move: VolMove): bigint {
    const { forward, logarithm } = this.#forwardAt(spot);
    const vols = this.#volsAt(move);
    let sum = 0n;
    for (const [index, { strike, type, quantity }] of this.positions.options.entries()) {
      const moneyness: Moneyness = { forward, strike, logarithm: logarithm - (this.#logStrikes[index] ?? 0n) };
      const outside = outOfTheMoneyValue(moneyness, vols[index]);
      const difference = type === 'call' ? forward - strike : strike - forward;
      sum += quantity * (difference > 0n ? outside + difference : outside);
    }
    return divide(sum, WAD, 'floor');
  }

  #forwardAt(spot: bigint): { readonly forward: bigint; readonly logarithm: bigint } {
    const known = this.#forwards.get(spot);
    if (known !== undefined) return known;
    const forward = this.positions.forwardFixed + productDown(this.positions.forwardVariable, spot);
    const found = { forward, logarithm: logarithmOrZero(forward) };
    this.#forwards.set(spot, found);
    return found;
  }

  #volsAt(move: VolMove): readonly (TotalVol | undefined)[] {
    const known = this.#vols.get(move);
    if (known !== undefined) return known;
    const moved = this.#movedVols(move);
    const found = moved.map((vol) => preparedTotalVol(divide(vol * this.#rootYears, WAD, 'halfUp')));
    this.#vols.set(move, found);
    return found;
  }

  #movedVols(move: VolMove): readonly bigint[] {
    const { options, secondsToExpiry } = this.positions;
    const { volShock, skew } = this.#moves;
    if (move === 'none' || options.length === 0) return options.map(({ vol }) => vol);
    if (move === 'up' || move === 'down') {
      this.#shocks ??= volShockFactors(volShock, secondsToExpiry);
      const factor = this.#shocks[move];
      const least = move === 'up' ? (volShock.minVolUp ?? 0n) : 0n;
      return options.map(({ vol }) => atLeast(divide(vol * factor, WAD, 'halfUp'), least));
    }
    if (skew === undefined) return options.map(({ vol }) => vol);
    const width = skewWidthOf(skew, this.#rootYears);
    const { forward } = this.#forwardAt(WAD);
    // Without a strike or a forward the value does not depend on volatility.
    this.#distances ??= options.map(({ strike }) =>
      strike === 0n || forward === 0n ? undefined : logStrikeOf(strike, forward),
    );
    const distances = this.#distances;
    return options.map(({ vol }, index) => {
      const k = distances[index];
      if (k === undefined) return vol;
      const linear = move === 'skew-linear';
      const factor = skewFactor(linear || k > 0n ? k : -k, width.kStar, linear ? width.linearCap : width.absCap);
      return divide(vol * atLeast(factor, 0n), WAD, 'halfUp');
    });
  }
}

/** Returns net short options, counted for each strike with calls and puts added: Σ over strikes of (−net)⁺, 18 decimals. */
export function netShortOptions(options: readonly OptionPosition[]): bigint {
  const nets = new Map<bigint, bigint>();
  for (const { strike, quantity } of options) nets.set(strike, (nets.get(strike) ?? 0n) + quantity);
  let shorts = 0n;
  for (const net of nets.values()) if (net < 0n) shorts -= net;
  return shorts;
}

/** Splits a forward that is averaged over its last `windowSeconds` into the part already fixed and the part that moves. */
export function forwardParts(
  forward: bigint,
  secondsToExpiry: bigint,
  windowSeconds: bigint,
): Pick<ExpiryPositions, 'forwardFixed' | 'forwardVariable'> {
  const fixedSeconds = windowSeconds - secondsToExpiry;
  const forwardFixed = fixedSeconds > 0n ? divide(forward * fixedSeconds, windowSeconds, 'floor') : 0n;
  return { forwardFixed, forwardVariable: forward - forwardFixed };
}

function logarithmOrZero(value: bigint): bigint {
  return value > 0n ? logarithmOf(value) : 0n;
}

function atLeast(value: bigint, least: bigint): bigint {
  return value > least ? value : least;
}
