import type { LedgerFact } from './ledger-fact.js';
import { DATINGS_HELD_MAX } from './limits.js';

/**
 * The blocks in which facts last changed the dates of parked credits. A date read at an older block may be another one: a
 * credit parked before its asset was listed gets a new date when it is unparked, a rewind lets another credit take its number,
 * and a conflict puts off the dates of its source.
 *
 * Invariant: a height given is never below the true one; those forgotten count as the newest forgotten.
 */
export class ParkedDatings {
  readonly #heights = new Map<string, bigint>();
  #forgotten = 0n;

  /** Notes the facts of a block. */
  note(facts: readonly LedgerFact[], height: bigint): void {
    for (const fact of facts) {
      if (fact.kind === 'parked' || fact.kind === 'postponed') this.#put(`${fact.source}:${fact.index}`, height);
      else if (fact.kind === 'source-state') this.#put(`${fact.source}`, height);
    }
  }

  /** Returns a height from which on a date of a credit must have been read to stand. */
  heightOf({ source, index }: { readonly source: number; readonly index: bigint }): bigint {
    const [own = 0n, ofSource = 0n] = [this.#heights.get(`${source}:${index}`), this.#heights.get(`${source}`)];
    const newest = own > ofSource ? own : ofSource;
    return newest > this.#forgotten ? newest : this.#forgotten;
  }

  #put(key: string, height: bigint): void {
    this.#heights.delete(key);
    this.#heights.set(key, height);
    if (this.#heights.size <= DATINGS_HELD_MAX) return;
    const [oldest] = this.#heights;
    if (oldest === undefined) return;
    this.#heights.delete(oldest[0]);
    if (oldest[1] > this.#forgotten) this.#forgotten = oldest[1];
  }
}
