import { keccak256 } from '@surety/contracts';
import { type BlockHash, asciiToBytes, blockHash, bytesToHex } from '@surety/domain';
import type { FaultKind, Tally } from './faults.js';
import type { ModelBlock, ModelledChain } from './modelled-chain.js';
import type { Random } from './random.js';

/** A block as a provider tells of it. */
export interface ToldBlock {
  readonly height: number;
  readonly hash: BlockHash;
  readonly parentHash: BlockHash;
  readonly timestampS: number;
}

/** Kinds of providers' faults; the lies among them say something that is not so. */
const SILENT: ReadonlySet<FaultKind> = new Set(['provider-down']);
const LIES: ReadonlySet<FaultKind> = new Set([
  'lie-block-hash',
  'lie-final-height',
  'lie-omitted-logs',
  'lie-forged-log',
  'lie-position',
  'lie-seen-entries',
  'provider-dead-fork',
  'provider-flip-flop',
]);

/** One provider of one chain, as every process reads it. */
export class ModelledProvider {
  readonly chain: ModelledChain<unknown, unknown, unknown>;
  readonly #random: Random;
  readonly #tally: Tally;
  #fault: FaultKind | undefined;
  #untilMs = 0;
  readonly #nowMs: () => number;

  constructor(
    chain: ModelledChain<unknown, unknown, unknown>,
    world: { random: Random; tally: Tally; nowMs: () => number },
  ) {
    this.chain = chain;
    this.#random = world.random;
    this.#tally = world.tally;
    this.#nowMs = world.nowMs;
  }

  /** The fault it has now. */
  get fault(): FaultKind | undefined {
    return this.#nowMs() < this.#untilMs ? this.#fault : undefined;
  }

  get lies(): boolean {
    const { fault } = this;
    return fault !== undefined && LIES.has(fault);
  }

  /** Gives it a fault for a while. */
  fail(fault: FaultKind, forMs: number): void {
    this.#fault = fault;
    this.#untilMs = this.#nowMs() + forMs;
  }

  heal(): void {
    this.#untilMs = 0;
  }

  /** Returns whether it gives no answer at all. */
  get isSilent(): boolean {
    return this.fault !== undefined && SILENT.has(this.fault) && this.#fired('provider-down');
  }

  /** Milliseconds that it takes on top. */
  get slowMs(): number {
    return this.fault === 'provider-slow' && this.#fired('provider-slow') ? this.#random.whole(1_000, 9_000) : 0;
  }

  /** The newest block as it sees it. */
  get head(): ModelBlock<unknown, unknown, unknown> {
    const { chain } = this;
    if (this.fault === 'provider-lagging' && this.#fired('provider-lagging')) return this.#at(chain.head.height - 12);
    if (this.fault === 'provider-backward' && this.#fired('provider-backward'))
      return this.#at(chain.head.height - this.#random.whole(0, 30));
    const dead = chain.deadTips.at(-1);
    if (this.fault === 'provider-dead-fork' && dead !== undefined && this.#fired('provider-dead-fork')) return dead;
    return chain.head;
  }

  /** The height that it calls final. */
  finalHeight(): number {
    const { chain, fault } = this;
    if (fault === 'lie-final-height' && this.#fired(fault)) return chain.head.height + this.#random.whole(-2, 40);
    if (fault === 'provider-lagging' && this.#fired(fault)) return Math.max(0, chain.finalHeight - 12);
    if (fault === 'provider-backward' && this.#fired(fault))
      return Math.max(0, chain.finalHeight - this.#random.whole(0, 30));
    return chain.finalHeight;
  }

  /** The block of a height as it tells of it. */
  block(height: number): ToldBlock | undefined {
    const { fault } = this;
    const honest = this.chain.at(height);
    if (fault === 'lie-block-hash' && this.#fired(fault)) return this.#forged(height);
    if (fault === 'provider-flip-flop' && this.#random.chance(0.5) && this.#fired(fault)) return this.#forged(height);
    const dead = this.chain.deadTips.at(-1);
    if (fault === 'provider-dead-fork' && dead !== undefined && dead.height >= height) {
      let at = dead;
      while (at.height > height && at.parent !== undefined) at = at.parent;
      if (at.hash !== honest?.hash) this.#tally.fire('provider-dead-fork');
      return told(at);
    }
    return honest === undefined ? undefined : told(honest);
  }

  /** Returns whether its proofs and logs lead to what the quorum agreed on; false is a lie or a hole that the reader notices. */
  showsContents(): 'whole' | 'lie' | 'unproven' {
    const { fault } = this;
    if (fault === 'provider-unproven' && this.#fired(fault)) return 'unproven';
    if (fault === 'lie-omitted-logs' || fault === 'lie-forged-log' || fault === 'lie-position') {
      this.#tally.fire(fault);
      return 'lie';
    }
    return 'whole';
  }

  /** Returns whether what it shows of the newest block is invented. */
  get inventsSeen(): boolean {
    return this.fault === 'lie-seen-entries' && this.#fired('lie-seen-entries');
  }

  #at(height: number): ModelBlock<unknown, unknown, unknown> {
    return this.chain.at(Math.max(0, height)) ?? this.chain.head;
  }

  /** A block that nobody made; the liars of a chain tell the same one. */
  #forged(height: number): ToldBlock {
    const name = (at: number): BlockHash =>
      blockHash(bytesToHex(keccak256(asciiToBytes(`forged ${this.chain.id}:${at}`))));
    const timestampS = this.chain.at(height)?.timestampS ?? this.chain.head.timestampS;
    return { height, hash: name(height), parentHash: name(height - 1), timestampS };
  }

  #fired(kind: FaultKind): true {
    this.#tally.fire(kind);
    return true;
  }
}

function told(block: ModelBlock<unknown, unknown, unknown>): ToldBlock {
  const { height, hash, parent, timestampS } = block;
  return { height, hash, parentHash: parent?.hash ?? blockHash(`0x${'0'.repeat(64)}`), timestampS };
}

/** Answers that must be equal: ⌈2N/3⌉ of N. */
export function providerQuorum(count: number): number {
  return Math.ceil((2 * count) / 3);
}
