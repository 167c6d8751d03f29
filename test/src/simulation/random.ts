/** A seeded generator (xoshiro128**). One for each subject, so that what one subject draws never moves another's stream. */
export class Random {
  readonly #name: string;
  readonly #state: Uint32Array;

  constructor(name: string) {
    this.#name = name;
    this.#state = new Uint32Array(4);
    let word = 0x811c9dc5;
    for (let at = 0; at < name.length; at++) word = Math.imul(word ^ name.charCodeAt(at), 0x01000193);
    for (let at = 0; at < 4; at++) {
      word = (word + 0x9e3779b9) | 0;
      let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      this.#state[at] = mixed ^ (mixed >>> 16) ^ 0x1;
    }
    for (let at = 0; at < 8; at++) this.#next();
  }

  /** Returns the stream of another subject, always the same one for a name. */
  fork(name: string): Random {
    return new Random(`${this.#name}/${name}`);
  }

  /** A number from 0 (included) to 1 (excluded). */
  unit(): number {
    return this.#next() / 0x1_0000_0000;
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.unit() * (most - least + 1));
  }

  /** True with a probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One item of a list that is not empty. */
  pick<Item>(list: readonly Item[]): Item {
    const item = list[Math.floor(this.unit() * list.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** A wait with this mean, exponentially spread and at most ten times as long. */
  wait(meanMs: number): number {
    return Math.min(10 * meanMs, Math.ceil(-Math.log(1 - this.unit()) * meanMs));
  }

  /** A list in another order. */
  shuffled<Item>(list: readonly Item[]): Item[] {
    const mixed = [...list];
    for (let at = mixed.length - 1; at > 0; at--) {
      const other = Math.floor(this.unit() * (at + 1));
      [mixed[at], mixed[other]] = [mixed[other] as Item, mixed[at] as Item];
    }
    return mixed;
  }

  #next(): number {
    const s = this.#state;
    const [a, b, c, d] = [s[0] as number, s[1] as number, s[2] as number, s[3] as number];
    const five = Math.imul(b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const shifted = b << 9;
    const c2 = c ^ a;
    const d2 = d ^ b;
    s[1] = b ^ c2;
    s[0] = a ^ d2;
    s[2] = c2 ^ shifted;
    s[3] = (d2 << 11) | (d2 >>> 21);
    return result;
  }
}
