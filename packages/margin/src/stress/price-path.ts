import { WAD } from '@surety/domain';
import { marginError } from '../errors.js';
import { divide, squareRootFloor } from '../number/division.js';
import { positivePartOf, productDown, wadQuotient } from '../portfolio/wad.js';
import type { MarketSnapshot } from '../unified/market-snapshot.js';
import { type Stress, movedSnapshot, settlementsOf, stressedSnapshot } from './market-stress.js';
import { type NamedAccount, judgeAccount } from './stress-report.js';

/** A path of prices to walk a book along. */
export interface PathTerms {
  readonly seed: number;
  readonly steps: number;
  readonly hoursPerStep: bigint;
  /** Target that the path approaches in a straight line over two thirds of its steps; none if left out. */
  readonly towards?: Stress;
}

/** The book after one step; 18 decimals. */
export interface SimulatedStep {
  readonly step: number;
  /** Price over its first price, by underlying. */
  readonly factors: ReadonlyMap<string, bigint>;
  /** Accounts closed in this step, at its mark. */
  readonly liquidated: readonly string[];
  /** Debt left uncovered in this step. */
  readonly badDebt: bigint;
  /** Accounts still open. */
  readonly open: number;
}

const STEPS_MAX = 10_000;
/** Shares of a step that all underlyings have in common, and that each has alone: a correlation of 0.64. */
const COMMON = 8n * 10n ** 17n;
const OWN = 6n * 10n ** 17n;
const HOURS_PER_DAY = 24n;

/** A source of numbers near a normal distribution, in integers: twelve uniform ones summed. The same for a seed everywhere. */
export class SeededNormal {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0;
  }

  /** Returns the next, mean 0 and variance 1, 18 decimals, never beyond ±6. */
  next(): bigint {
    let sum = 0n;
    for (let at = 0; at < 12; at += 1) sum += BigInt(this.#uniform());
    return divide((sum - (6n << 32n)) * WAD, 1n << 32n, 'floor');
  }

  #uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

/**
 * Walks a book along a path of prices. Each step moves every underlying by its daily volatility over the step's hours,
 * and towards a scenario's prices if one is given; the scenario's other parts (volatility, sources) apply from the
 * first step on. A liquidatable account is closed at once at the step's mark, and what it still owes is bad debt.
 * @throws OUT_OF_RANGE for no step or more than 10,000, INCONSISTENT_INPUT for an unlisted name.
 */
export function simulateBook(
  book: readonly NamedAccount[],
  snapshot: MarketSnapshot,
  terms: PathTerms,
): readonly SimulatedStep[] {
  if (!Number.isInteger(terms.steps) || terms.steps < 1 || terms.steps > STEPS_MAX) {
    throw marginError('OUT_OF_RANGE', `${terms.steps} steps; expected 1 to ${STEPS_MAX}`);
  }
  const targets = targetsOf(snapshot, terms.towards);
  const others = (terms.towards?.steps ?? []).filter(({ kind }) => kind !== 'crash' && kind !== 'depeg');
  const calm = stressedSnapshot(snapshot, { steps: others.filter(({ kind }) => kind !== 'correlation') });
  const random = new SeededNormal(terms.seed);
  const walked = new Map(targets.map(({ name }) => [name, WAD]));
  let open = book;
  return Array.from({ length: terms.steps }, (_, step) => {
    const common = random.next();
    for (const { name, dailyVol } of targets) {
      const moved = stepOf(dailyVol, terms.hoursPerStep, productDown(COMMON, common) + productDown(OWN, random.next()));
      walked.set(name, productDown(walked.get(name) ?? WAD, moved));
    }
    const factors = new Map(
      targets.map(({ name, target }) => [name, productDown(walked.get(name) ?? WAD, led(target, step, terms.steps))]),
    );
    const now = movedSnapshot(calm, factors);
    const judged = open.map((one) => ({ one, verdict: judgeAccount(one.account, now) }));
    const closed = judged.filter(({ verdict }) => verdict.liquidatable && verdict.paused.length === 0);
    open = judged.filter((each) => !closed.includes(each)).map(({ one }) => one);
    const badDebt = closed.reduce((sum, { verdict }) => sum + positivePartOf(-verdict.netValue), 0n);
    return { step: step + 1, factors, liquidated: closed.map(({ one }) => one.id), badDebt, open: open.length };
  });
}

interface WalkedUnderlying {
  readonly name: string;
  readonly target: bigint;
  readonly dailyVol: bigint;
}

/**
 * The target and daily volatility of each underlying. Settlement coins do not move; one without derivatives has
 * {@link DEFAULT_DAILY_VOL}.
 */
function targetsOf(snapshot: MarketSnapshot, towards: Stress | undefined): readonly WalkedUnderlying[] {
  const end = towards === undefined ? snapshot : stressedSnapshot(snapshot, towards);
  const settlements = settlementsOf(snapshot);
  return [...snapshot.underlyings].map(([name, { feed, derivatives }]) => ({
    name,
    target:
      feed.price === 0n ? WAD : wadQuotient(end.underlyings.get(name)?.feed.price ?? feed.price, feed.price, 'floor'),
    dailyVol: settlements.has(name) ? 0n : (derivatives?.dailyVol ?? DEFAULT_DAILY_VOL),
  }));
}

const DEFAULT_DAILY_VOL = 4n * 10n ** 16n;

/** 1 + σ·√(hours/24)·z, never below a tenth. */
function stepOf(dailyVol: bigint, hours: bigint, z: bigint): bigint {
  const root = squareRootFloor(divide(hours * WAD * WAD, HOURS_PER_DAY, 'floor'));
  const moved = WAD + productDown(dailyVol, root, z);
  const least = divide(WAD, 10n, 'floor');
  return moved > least ? moved : least;
}

/** A straight line from 1 to the target by two thirds of the steps, then on it. */
function led(target: bigint, step: number, steps: number): bigint {
  const passed = BigInt(3 * (step + 1));
  const whole = BigInt(2 * steps);
  return passed >= whole ? target : WAD + divide((target - WAD) * passed, whole, 'floor');
}
