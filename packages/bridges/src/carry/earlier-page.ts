import type { Publication } from './publication-book.js';

/**
 * A page of the publications before those that a book remembers, in block order. It begins with the oldest ones that were found: LayerZero
 * delivers no packet before those that were sent earlier. Blocks are kept whole.
 */
export class EarlierPage {
  readonly #sizeMax: number;
  #list: readonly Publication[] = [];
  #next = 0n;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get isOpen(): boolean {
    return this.#list.length > 0;
  }

  get list(): readonly Publication[] {
    return this.#list;
  }

  /** The first block after the page. */
  get next(): bigint {
    return this.#next;
  }

  close(): void {
    this.#list = [];
  }

  /** Keeps the oldest of these, which are all from the first of them to block `next`, without that one. */
  keep(all: readonly Publication[], next: bigint): void {
    const last = all[this.#sizeMax - 1];
    this.#list = last === undefined ? all : all.filter(({ height }) => height <= last.height);
    this.#next = last === undefined ? next : last.height + 1n;
  }

  /** Moves on to what was found from `next` to another block, without that one; stays where that is nothing. */
  goOn(found: readonly Publication[], next: bigint): void {
    if (found.length === 0) this.#next = next;
    else this.keep(found, next);
  }
}
