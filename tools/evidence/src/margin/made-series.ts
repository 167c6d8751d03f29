// Prices that are made and not taken from a market: a stochastic volatility with a fast and a slow part, leverage, hours of
// the day, fat tails and rare falls. Their moments are near those that are published for large crypto assets: a daily
// volatility of 3 to 4 %, a kurtosis of 6 to 15, falls of a third in a day once in years. The same seed gives the same days.

/** A generator of numbers from 0 to 1 for a seed. */
export function makeRandom(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const normalOf = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());

const HOURS = 24;

/** One day of one asset: its return, and the realised variance of its hours. */
export interface Day {
  readonly change: number;
  readonly realised: number;
}

/** Days of one asset. */
export function makeSeries({
  seed,
  days,
  dailyVol,
}: {
  readonly seed: number;
  readonly days: number;
  readonly dailyVol: number;
}): readonly Day[] {
  const random = makeRandom(seed);
  let fast = 0;
  let slow = 0;
  return Array.from({ length: days }, () => {
    const sigma = dailyVol * Math.exp(0.5 * (fast + slow) - 0.25);
    let total = 0;
    let realised = 0;
    for (let hour = 0; hour < HOURS; hour += 1) {
      const season = 1 + 0.3 * Math.sin((2 * Math.PI * hour) / HOURS);
      // Student's t with 5 degrees: a normal over the root of a mean of squares, scaled to variance 1.
      const tail = Array.from({ length: 5 }, () => normalOf(random) ** 2).reduce((sum, one) => sum + one, 0) / 5;
      let move = (sigma * Math.sqrt(season / HOURS) * normalOf(random) * Math.sqrt(3 / 5)) / Math.sqrt(tail);
      if (random() < 0.0004) move -= 0.06 + 0.1 * random();
      total += move;
      realised += move * move;
    }
    const shock = total / sigma;
    fast = 0.85 * fast + 0.45 * normalOf(random) - 0.12 * Math.max(-3, Math.min(3, shock));
    slow = 0.985 * slow + 0.08 * normalOf(random);
    return { change: total, realised };
  });
}
