import { type OriginChainReader, createOriginChain } from '@surety/chain';
import { keccak256 } from '@surety/contracts';
import { type BlockHeight, chainId, emptyJournal } from '@surety/domain';
import type { ArmedFault, FaultProxy, ReadKind } from '@surety/devnet';
import { createHttpTransport } from '@surety/rpc';
import type { JournalSpec } from '@surety/workflows';
import { SteppedClock } from './stepped-clock.js';

/** Where a journal stands, as the contract itself tells it. */
export interface TruePosition {
  readonly count: bigint;
  readonly head: string;
}

/** A journal on a local chain that a campaign can grow at will. */
export interface GrowingJournal {
  readonly name: string;
  readonly chainId: number;
  readonly nodeUrl: string;
  /** A node of the same chain id with another history. */
  readonly twinUrl: string;
  readonly spec: JournalSpec;
  /** Writes an entry now and then, and mines at least one block. */
  grow(): Promise<void>;
  /** Asks the contract at a block, past every provider. */
  readPosition(height: bigint): Promise<TruePosition>;
  /** Asks the node for a block's hash, past every provider. */
  readBlockHash(height: bigint): Promise<string>;
}

/** Outcome of one reading while providers lied. */
export type Reading =
  | { readonly kind: 'truth' }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'false'; readonly detail: string };

/** Providers of a journal's chain. */
export const PROVIDERS = [0, 1, 2, 3];

/** Reads that one provider is asked for. */
const ALONE: readonly ReadKind[] = ['proof', 'logs'];

/** A watcher's reader of one journal behind four providers that can be told to lie. */
export class LyingReader {
  readonly #journal: GrowingJournal;
  readonly #proxy: FaultProxy;
  readonly #clock: SteppedClock;
  readonly #chain: OriginChainReader;
  readonly #names: readonly string[];
  readonly #asked = new Map<ReadKind, number>();
  #armed: ReadonlyMap<number, readonly ArmedFault[]> = new Map();

  private constructor(parts: {
    journal: GrowingJournal;
    proxy: FaultProxy;
    clock: SteppedClock;
    chain: OriginChainReader;
    names: readonly string[];
  }) {
    this.#journal = parts.journal;
    this.#proxy = parts.proxy;
    this.#clock = parts.clock;
    this.#chain = parts.chain;
    this.#names = parts.names;
  }

  /** Opens a fresh reader with its own providers, all honest. */
  static async open(journal: GrowingJournal, proxy: FaultProxy, life: number): Promise<LyingReader> {
    const names = PROVIDERS.map((at) => `${journal.name}/${life}/${at}`);
    const clock = new SteppedClock();
    const chain = await createOriginChain({
      chainId: chainId(journal.chainId),
      providers: names.map((name, at) => ({
        name: `p${at}`,
        operator: `op${at}`,
        transport: createHttpTransport({ url: proxy.open(name, journal.nodeUrl, journal.twinUrl) }),
      })),
      finality: { kind: 'finalized-tag' },
      haltStore: { load: async () => ({ halt: null, finals: [] }), save: async () => undefined },
      clock,
      observer: { observe: () => undefined },
      limits: { callTimeoutMs: 2_500, stragglerMs: 100, responseBytesMax: 200_000, pollIntervalMs: 20 },
    });
    await chain.checkProviders();
    return new LyingReader({ journal, proxy, clock, chain, names });
  }

  /** Tells providers what to do wrong; the others are honest. */
  arm(faults: ReadonlyMap<number, readonly ArmedFault[]>): void {
    this.#armed = faults;
    for (const [at, name] of this.#names.entries()) this.#proxy.arm(name, faults.get(at) ?? []);
  }

  /** Answers that faults changed or withheld so far, over all providers, by `fault of read`. */
  told(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const name of this.#names)
      for (const [key, count] of Object.entries(this.#proxy.counts(name).told))
        sums.set(key, (sums.get(key) ?? 0) + count);
    return sums;
  }

  /** Returns the provider that alone was asked for proofs or logs last: whoever answered well is asked again. */
  lastAsked(read: ReadKind): number | undefined {
    return this.#asked.get(read);
  }

  /** Failures and lies that the reader counted against each provider. */
  noticed(): number[] {
    return this.#chain.providerStats().map(({ failed, lied }) => failed + lied);
  }

  /** Reads newest final block, whole journal, what is merely seen and the code, and judges what came back. */
  async read(): Promise<Reading> {
    // A provider that failed a check is left alone for a while; here that while has always passed.
    this.#clock.step(60_000);
    const before = this.#names.map((name) => this.#proxy.counts(name));
    try {
      return await this.#readAndJudge();
    } finally {
      for (const read of ALONE) {
        const grew = (at: number): boolean =>
          (this.#proxy.counts(this.#names[at] ?? '').calls[read] ?? 0) > (before[at]?.calls[read] ?? 0);
        // The liar of this reading was asked too, and is so no more.
        const asked = PROVIDERS.filter(grew).find((at) => !this.#armed.has(at));
        if (asked !== undefined) this.#asked.set(read, asked);
      }
    }
  }

  async #readAndJudge(): Promise<Reading> {
    const { spec } = this.#journal;
    try {
      const tip = await this.#chain.readFinalTip();
      const after = emptyJournal(spec.edge, keccak256);
      const afterBlock = (spec.fromBlock - 1n) as BlockHeight;
      const frame = await this.#chain.readFrame({ journal: spec, block: tip, after, afterBlock });
      const [position, hash] = await Promise.all([
        this.#journal.readPosition(tip.height),
        this.#journal.readBlockHash(tip.height),
      ]);
      if (tip.hash !== hash) return { kind: 'false', detail: `block ${tip.height} is ${hash}, read as ${tip.hash}` };
      if (frame.position.count !== position.count || frame.position.head !== position.head)
        return { kind: 'false', detail: `the journal stands at ${position.count}, read as ${frame.position.count}` };
      return { kind: 'truth' };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
      return { kind: 'refused', code };
    }
  }

  /** True if a halt was latched: no minority may bring that about. */
  halted(): boolean {
    return this.#chain.condition().kind === 'halted';
  }

  /** Lets providers be checked again, as a watcher does all the while. */
  async recheck(): Promise<void> {
    await this.#chain.checkProviders();
  }
}

/** Reads that {@link LyingReader.read} and {@link LyingReader.recheck} make. */
export const READS_OF_A_WATCHER: readonly ReadKind[] = [
  'chain-id',
  'head-number',
  'final-block',
  'block-at',
  'proof',
  'logs',
];
