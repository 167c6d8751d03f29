import { keccak256 } from '@surety/contracts';
import { type BlockHash, type TxHash, asciiToBytes, blockHash, bytesToHex, txHash } from '@surety/domain';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { ChainOptions } from './swarm.js';

/** What a contract says to one call. */
export interface Executed<State, Fact> {
  readonly state: State;
  readonly facts: readonly Fact[];
  /** The custom error, if the call reverts; the state is then the one before. */
  readonly revert?: { readonly name: string; readonly args: readonly unknown[] };
}

/** Where a call runs. */
export interface CallPlace {
  readonly height: number;
  readonly timestampS: number;
  readonly txHash: TxHash;
}

/** A transaction in a pool or a block. */
export interface ModelTx<Call> {
  readonly hash: TxHash;
  /** A key that counts its transactions, or none: a user whose wallet does not matter here. */
  readonly sender: string | undefined;
  readonly nonce: number;
  readonly maxFeePerGas: bigint;
  readonly gasLimit: bigint;
  /** None for the empty transaction that takes a nonce out of use. */
  readonly call: Call | undefined;
}

/** A transaction as a block holds it. */
export interface MinedTx<Call, Fact> {
  readonly tx: ModelTx<Call>;
  readonly succeeded: boolean;
  readonly facts: readonly Fact[];
}

/** One block with the whole state after it. */
export interface ModelBlock<State, Call, Fact> {
  readonly height: number;
  readonly hash: BlockHash;
  readonly parent: ModelBlock<State, Call, Fact> | undefined;
  readonly timestampS: number;
  readonly baseFee: bigint;
  readonly txs: readonly MinedTx<Call, Fact>[];
  readonly state: State;
  readonly nonces: ReadonlyMap<string, number>;
}

/** How a chain's contract runs. */
export interface Contract<State, Call, Fact> {
  readonly genesis: State;
  execute(state: State, call: Call, place: CallPlace): Executed<State, Fact>;
}

/** One chain: blocks, a pool, reorganisations and finality. Deterministic, and honest; who shows it to others may lie. */
export class ModelledChain<State, Call, Fact> {
  readonly id: number;
  readonly options: ChainOptions;
  readonly #contract: Contract<State, Call, Fact>;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  #canonical: ModelBlock<State, Call, Fact>[];
  #finalHeight = 0;
  #pool: ModelTx<Call>[] = [];
  #salt = 0;
  readonly #minedAt = new Map<TxHash, ModelBlock<State, Call, Fact>>();
  /** Tips that a reorganisation left behind, newest last. */
  readonly deadTips: ModelBlock<State, Call, Fact>[] = [];
  /** Transactions of the newest reorganisation that no pool holds any more. */
  dropped: readonly ModelTx<Call>[] = [];
  /** True once a block that was final has been replaced. */
  isBroken = false;
  finalityStalledUntilMs = 0;
  haltedUntilMs = 0;
  emptyUntilMs = 0;
  baseFee = 10n ** 9n;
  /** Told after the head changed. */
  onHead: () => void = () => undefined;
  /** Told of each block that becomes final, ascending. */
  onFinal: (block: ModelBlock<State, Call, Fact>) => void = () => undefined;
  /** Told of blocks that a reorganisation removed, deepest last. */
  onRemoved: (blocks: readonly ModelBlock<State, Call, Fact>[]) => void = () => undefined;

  constructor(world: {
    id: number;
    options: ChainOptions;
    contract: Contract<State, Call, Fact>;
    scheduler: Scheduler;
    random: Random;
  }) {
    this.id = world.id;
    this.options = world.options;
    this.#contract = world.contract;
    this.#scheduler = world.scheduler;
    this.#random = world.random.fork(`chain/${world.id}`);
    const timestampS = Math.floor(world.scheduler.nowMs / 1_000);
    const state = world.contract.genesis;
    const genesis = { height: 0, parent: undefined, timestampS, baseFee: 1n, txs: [], state, nonces: new Map() };
    this.#canonical = [{ ...genesis, hash: this.#hash(undefined, 0) }];
  }

  get head(): ModelBlock<State, Call, Fact> {
    return this.#canonical.at(-1) as ModelBlock<State, Call, Fact>;
  }

  get finalHeight(): number {
    return this.#finalHeight;
  }

  get final(): ModelBlock<State, Call, Fact> {
    return this.at(this.#finalHeight) as ModelBlock<State, Call, Fact>;
  }

  get pool(): readonly ModelTx<Call>[] {
    return this.#pool;
  }

  /** The canonical block of a height. */
  at(height: number): ModelBlock<State, Call, Fact> | undefined {
    return this.#canonical[height];
  }

  /** The canonical block that holds a transaction, with its outcome. */
  minedIn(hash: TxHash): { readonly block: ModelBlock<State, Call, Fact>; readonly succeeded: boolean } | undefined {
    const block = this.#minedAt.get(hash);
    if (block === undefined || this.at(block.height)?.hash !== block.hash) return undefined;
    return { block, succeeded: block.txs.some(({ tx, succeeded }) => tx.hash === hash && succeeded) };
  }

  /** Starts making blocks. */
  start(): void {
    this.#planNext();
  }

  /** Puts a transaction into the pool; one that replaces another must pay an eighth more. Gives why it is refused. */
  submit(tx: ModelTx<Call>): 'nonce too low' | 'replacement transaction underpriced' | 'already known' | undefined {
    const { sender } = tx;
    if (this.#pool.some((one) => one.hash === tx.hash)) return 'already known';
    if (sender !== undefined) {
      if (tx.nonce < (this.head.nonces.get(sender) ?? 0)) return 'nonce too low';
      const held = this.#pool.findIndex((one) => one.sender === sender && one.nonce === tx.nonce);
      if (held !== -1) {
        if (tx.maxFeePerGas * 10n < (this.#pool[held]?.maxFeePerGas ?? 0n) * 11n)
          return 'replacement transaction underpriced';
        this.#pool.splice(held, 1);
      }
    }
    this.#pool.push(tx);
    return undefined;
  }

  /** Loses a part of the pool; gives how many transactions. */
  dropPool(share: number): number {
    const before = this.#pool.length;
    this.#pool = this.#pool.filter(({ sender }) => sender === undefined || !this.#random.chance(share));
    return before - this.#pool.length;
  }

  /** Simulates a call on top of the newest block. */
  simulate(call: Call): Executed<State, Fact> {
    const place = {
      height: this.head.height + 1,
      timestampS: this.#nextTimestamp(this.head),
      txHash: txHash(`0x${'0'.repeat(64)}`),
    };
    return this.#contract.execute(this.head.state, call, place);
  }

  /** Replaces the newest blocks by others, one more than before; what was in them goes back to the pool, in part. */
  reorganise(depth: number): number {
    const allowed = Math.min(depth, this.head.height - this.#finalHeight);
    if (allowed > 0) this.#replace(allowed);
    return Math.max(0, allowed);
  }

  /** Replaces blocks that were final already: what no chain may do. Gives how many of those. */
  breakFinality(depth: number): number {
    const from = Math.max(0, this.#finalHeight - depth);
    const broken = this.#finalHeight - from;
    if (broken === 0) return 0;
    this.isBroken = true;
    this.#finalHeight = from;
    this.#replace(this.head.height - from, this.#random.chance(0.5));
    return broken;
  }

  /** What goes back to the pool comes in any order; a branch that keeps it holds the same in the same places. */
  #replace(depth: number, keepsOrder = false): void {
    const removed = this.#canonical.splice(this.#canonical.length - depth);
    this.deadTips.push(removed.at(-1) as ModelBlock<State, Call, Fact>);
    if (this.deadTips.length > 8) this.deadTips.shift();
    this.#salt += 1;
    const all = removed.flatMap(({ txs }) => txs.map(({ tx }) => tx));
    const share = (sender: string | undefined): number => (sender === undefined ? 0.8 : keepsOrder ? 1 : 0.6);
    const kept = new Set(all.filter(({ sender }) => this.#random.chance(share(sender))));
    if (!keepsOrder) this.#pool.push(...kept);
    this.dropped = all.filter((tx) => !kept.has(tx));
    // Blocks on the other side were made at other moments of the same time.
    for (const { timestampS, txs } of removed)
      this.#mine(timestampS, keepsOrder ? txs.map(({ tx }) => tx).filter((tx) => kept.has(tx)) : undefined);
    this.onRemoved(removed);
    this.#mine();
    this.#finalise();
    this.onHead();
  }

  #planNext(): void {
    const usual = this.options.blockTimeMs;
    this.#scheduler.after(usual * (0.9 + 0.2 * this.#random.unit()), `chain ${this.id}`, () => {
      this.#planNext();
      if (this.#scheduler.nowMs < this.haltedUntilMs) return;
      this.#mine();
      this.#finalise();
      this.onHead();
    });
  }

  #nextTimestamp(parent: ModelBlock<State, Call, Fact>): number {
    return Math.max(parent.timestampS + 1, Math.floor(this.#scheduler.nowMs / 1_000));
  }

  #mine(timestampAtMost?: number, given?: readonly ModelTx<Call>[]): void {
    const parent = this.head;
    const height = parent.height + 1;
    const now = this.#nextTimestamp(parent);
    const timestampS =
      timestampAtMost === undefined ? now : Math.max(parent.timestampS + 1, Math.min(now, timestampAtMost));
    let { state } = parent;
    let nonces: Map<string, number> | undefined;
    const txs: MinedTx<Call, Fact>[] = [];
    for (const tx of given ?? this.#choose(parent)) {
      if (tx.sender !== undefined) {
        nonces ??= new Map(parent.nonces);
        nonces.set(tx.sender, tx.nonce + 1);
      }
      const executed =
        tx.call === undefined
          ? { state, facts: [] }
          : this.#contract.execute(state, tx.call, { height, timestampS, txHash: tx.hash });
      const succeeded = !('revert' in executed) || executed.revert === undefined;
      if (succeeded) state = executed.state;
      txs.push({ tx, succeeded, facts: succeeded ? executed.facts : [] });
    }
    const hash = this.#hash(parent, height);
    const block = {
      height,
      hash,
      parent,
      timestampS,
      baseFee: this.baseFee,
      txs,
      state,
      nonces: nonces ?? parent.nonces,
    };
    this.#canonical.push(block);
    for (const { tx } of txs) this.#minedAt.set(tx.hash, block);
  }

  /** Chooses what a block takes: by nonce for a sender, in any order between them, and not always everything. */
  #choose(parent: ModelBlock<State, Call, Fact>): ModelTx<Call>[] {
    if (this.#pool.length === 0 || this.#scheduler.nowMs < this.emptyUntilMs) return [];
    const chosen: ModelTx<Call>[] = [];
    const next = new Map(parent.nonces);
    const waiting = this.#random.shuffled(this.#pool).sort((left, right) => left.nonce - right.nonce);
    for (const tx of waiting) {
      if (tx.maxFeePerGas < this.baseFee || !this.#random.chance(0.85)) continue;
      if (tx.sender !== undefined) {
        if (tx.nonce !== (next.get(tx.sender) ?? 0)) continue;
        next.set(tx.sender, tx.nonce + 1);
      }
      chosen.push(tx);
      if (chosen.length === 40) break;
    }
    const taken = new Set(chosen);
    this.#pool = this.#pool.filter(
      (tx) => !taken.has(tx) && (tx.sender === undefined || tx.nonce >= (next.get(tx.sender) ?? 0)),
    );
    return chosen;
  }

  #finalise(): void {
    if (this.#scheduler.nowMs < this.finalityStalledUntilMs) return;
    const { finalityLag, finalityStep } = this.options;
    const reached = this.head.height - finalityLag;
    const height = reached - (((reached % finalityStep) + finalityStep) % finalityStep);
    while (this.#finalHeight < height) {
      this.#finalHeight += 1;
      this.onFinal(this.final);
    }
  }

  #hash(parent: ModelBlock<State, Call, Fact> | undefined, height: number): BlockHash {
    const text = `${this.id}:${parent?.hash ?? 'genesis'}:${height}:${this.#salt}`;
    return blockHash(bytesToHex(keccak256(asciiToBytes(text))));
  }
}
