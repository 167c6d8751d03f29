/** Draws that a seed owns, bigints of any width among them. */
export interface Draw {
  /** A whole number from `low` to `high`, both included; at most 2^32 apart. */
  between(low: number, high: number): number;
  /** True once in so many times. */
  onceIn(times: number): boolean;
  pick<Item>(list: readonly Item[]): Item;
  /** A number of at most so many bits. */
  bits(count: number): bigint;
  /** A number whose length is drawn first: as many small ones as large ones, now and then 2^bits − 1. */
  sized(bitsMax: number): bigint;
}

/** Makes draws of a seed and a stream of it. @source sfc32, a public-domain generator of 128 bits */
export function drawOf(seed: number, stream: number): Draw {
  let [a, b, c, counter] = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, stream >>> 0, 1];
  const next = (): number => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + sum) >>> 0;
    return sum;
  };
  for (let round = 0; round < 15; round++) next();
  const between = (low: number, high: number): number => low + Math.floor((next() / 2 ** 32) * (high - low + 1));
  const bits = (count: number): bigint => {
    let value = 0n;
    for (let left = count; left > 0; left -= 32) value = (value << 32n) | BigInt(next());
    return BigInt.asUintN(count, value);
  };
  return {
    between,
    bits,
    onceIn: (times) => between(1, times) === 1,
    pick: (list) => list[between(0, list.length - 1)] as (typeof list)[number],
    sized: (bitsMax) => (between(0, 63) === 0 ? (1n << BigInt(bitsMax)) - 1n : bits(between(0, bitsMax))),
  };
}
