import { type Bytes32, ENTRY_BYTES, type JournalHead, type Keccak256, cutsBetween, foldHeads } from '@surety/domain';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import { FakeAggregator } from './fake-aggregator.js';

/** An aggregator that serves a whole journal with the statements of honest attesters. */
export class JournalAggregator extends FakeAggregator {
  packed = new Uint8Array(0);
  readonly #edge: Bytes32;
  readonly #keccak256: Keccak256;

  constructor(edge: Bytes32, keccak256: Keccak256) {
    super(edge);
    this.#edge = edge;
    this.#keccak256 = keccak256;
  }

  /** Adds entries and the statements of their frame. */
  grow(entries: number, asOf: bigint): void {
    const before = BigInt(this.packed.length / ENTRY_BYTES);
    const tip = before + BigInt(entries);
    const next = new Uint8Array(this.packed.length + entries * ENTRY_BYTES);
    next.set(this.packed);
    for (let at = this.packed.length; at < next.length; at++) next[at] = (at * 31) % 251;
    this.packed = next;
    for (const cut of cutsBetween(before, tip)) if (cut < tip) this.attested.push(this.state(cut, { tip, asOf }));
    this.attested.push(this.state(tip, { tip, asOf }));
  }

  /** Builds the statement of a count. */
  state(count: bigint, at: { tip: bigint; asOf: bigint }): AttestedStatement {
    const heads = foldHeads(
      { count: 0n, head: this.#edge },
      this.packed.subarray(0, ENTRY_BYTES * Number(count)),
      this.#keccak256,
    );
    const statement: JournalHead = {
      edge: this.#edge,
      count,
      tip: at.tip,
      head: heads.at(-1) ?? this.#edge,
      blockNumber: at.tip,
      blockHash: this.#edge as string as JournalHead['blockHash'],
      asOf: at.asOf,
      epoch: 1,
    };
    return { statement, signers: [], signatures: '0x' };
  }

  /** Returns the journal's entries. */
  override async readEntries(_edge: Bytes32, from: bigint, to: bigint): Promise<Uint8Array> {
    return this.packed.slice(ENTRY_BYTES * Number(from), ENTRY_BYTES * Number(to));
  }
}
