import {
  AppError,
  type BlockHash,
  type BlockHeight,
  type Bytes32,
  blockHeight,
  chainId as toChainId,
  concatBytes,
} from '@surety/domain';
import type { ChainCondition, FinalBlock, LocatedEntries, Observer } from '@surety/workflows';
import type { Disk } from './disk.js';
import type { Tally } from './faults.js';
import type { JournalModel } from './journal-model.js';
import type { Life } from './life.js';
import type { Network } from './network.js';
import type { PlantName } from './plants.js';
import { type ModelledProvider, type ToldBlock, providerQuorum } from './providers.js';

/** What a process keeps of one chain over its lives: accepted final blocks, and the halt once it is latched. */
export interface HaltRecord {
  halt: { readonly reason: string; readonly height: number; readonly sinceMs: number } | undefined;
  readonly finals: Map<number, BlockHash>;
  tip: number;
}

/** An empty record. */
export function freshHaltRecord(): HaltRecord {
  return { halt: undefined, finals: new Map(), tip: -1 };
}

/** What reading a chain needs. */
export interface ReadingParts {
  readonly chainId: number;
  readonly providers: readonly ModelledProvider[];
  readonly life: Life;
  readonly network: Network;
  readonly disk: Disk<HaltRecord>;
  readonly observer: Observer;
  readonly tally: Tally;
  readonly plant: PlantName | undefined;
  /** Told when this process halts the chain. */
  readonly onHalt: (chainId: number) => void;
}

/**
 * One process's reading of one chain by the quorum of its providers, with the durable halt of section 4, point 1. Written
 * from the protocol; the production reader has its own campaign against lies.
 */
export class QuorumReading {
  readonly parts: ReadingParts;
  #lost: { reason: string; sinceMs: number } | undefined;
  #synced = false;
  /** A halt that this life has found, durable or not yet. */
  #halt: HaltRecord['halt'];

  constructor(parts: ReadingParts) {
    this.parts = parts;
    this.#halt = parts.disk.state.halt;
  }

  condition(): ChainCondition {
    const { halt } = this;
    if (halt !== undefined) return { kind: 'halted', reason: halt.reason, sinceMs: halt.sinceMs };
    if (this.#lost !== undefined) return { kind: 'no-quorum', ...this.#lost };
    return { kind: this.#synced ? 'live' : 'syncing' };
  }

  /** The halt, once it was found. */
  get halt(): HaltRecord['halt'] {
    return this.#halt ?? this.parts.disk.state.halt;
  }

  requireOpen(): void {
    const { halt } = this;
    if (halt !== undefined && this.parts.plant !== 'forget-halt') throw fault('HALTED', halt.reason, false);
  }

  /** Reads the highest block that is final and agreed; it never falls. */
  async readFinalTip(): Promise<FinalBlock> {
    this.requireOpen();
    await this.#ask('final height');
    const { providers, disk, plant } = this.parts;
    const quorum = this.#quorum();
    const stated = this.#answering()
      .map((provider) => (plant === 'sign-before-final' ? provider.head.height : provider.finalHeight()))
      .sort((left, right) => right - left);
    const height = stated[quorum - 1];
    if (height === undefined)
      throw this.#lose(`${stated.length} of ${providers.length} providers state a final height`);
    const before = disk.state.tip;
    const target = Math.max(before, height);
    const heights = before < 0 || target - before <= 1 ? [target] : [before, target];
    const blocks = heights.map((wanted) => this.#agree(wanted));
    await this.#accept(blocks);
    return this.#final(blocks.at(-1) as ToldBlock);
  }

  /** Reads one final block by height. */
  async readFinalBlock(height: BlockHeight): Promise<FinalBlock> {
    this.requireOpen();
    if (Number(height) > this.parts.disk.state.tip) {
      const tip = await this.readFinalTip();
      if (tip.height === height) return tip;
      if (height > tip.height) throw fault('NOT_FINAL', `block ${height} is not final`, true);
    }
    await this.#ask(`block ${height}`);
    const { finals, tip } = this.parts.disk.state;
    const block = this.#agree(Number(height));
    // A block that is new here may be one of another branch; the accepted one above it shows that.
    const again = finals.has(Number(height)) || tip < 0 ? [] : [this.#agree(tip)];
    await this.#accept([...again, block]);
    return this.#final(block);
  }

  /** Finds a provider that can prove a block and whose logs fold; the others are asked first, for nothing. */
  async requireContents(block: { readonly height: bigint; readonly hash: BlockHash }): Promise<void> {
    this.requireOpen();
    const { providers, life } = this.parts;
    await this.#ask(`contents ${block.height}`);
    const chain = providers[0]?.chain;
    if (chain?.at(Number(block.height))?.hash !== block.hash)
      throw fault('UNPROVEN', `no provider proves block ${block.height}`, true);
    const shown = this.#answering().map((provider) => provider.showsContents());
    if (shown.includes('whole')) return;
    await life.wait(500, 'contents refused', () => undefined);
    if (shown.length === 0) throw fault('UNAVAILABLE', 'no provider answers', true);
    if (shown.every((one) => one === 'unproven') && shown.length === providers.length)
      throw fault('UNPROVEN', 'no provider proves', true);
    throw fault(shown.includes('lie') ? 'INCOMPLETE' : 'UNAVAILABLE', 'no provider shows logs that fold', true);
  }

  /** Waits as long as one exchange with a provider takes. */
  async spendTime(what: string): Promise<void> {
    const { life, network, chainId } = this.parts;
    await life.wait(network.delay(), `read ${chainId} ${what}`, () => undefined);
  }

  /** Waits as long as the slowest answer that is needed. */
  async #ask(what: string): Promise<void> {
    const { providers, life, network } = this.parts;
    const waits = providers.map((provider) => network.delay() + provider.slowMs).sort((left, right) => left - right);
    await life.wait(waits[this.#quorum() - 1] ?? 1, `read ${this.parts.chainId} ${what}`, () => undefined);
  }

  #quorum(): number {
    return this.parts.plant === 'believe-one-provider' ? 1 : providerQuorum(this.parts.providers.length);
  }

  #answering(): ModelledProvider[] {
    const { providers, network, life, chainId } = this.parts;
    return providers.filter((provider, at) => {
      if (provider.isSilent || network.drops()) return false;
      return !network.hasCuts || network.carries(life.name, `provider ${chainId}/${at}`);
    });
  }

  /** Returns the block on which the quorum agrees. */
  #agree(height: number): ToldBlock {
    const told = new Map<BlockHash, { block: ToldBlock; count: number }>();
    for (const provider of this.#answering()) {
      const block = provider.block(height);
      if (block === undefined) continue;
      const held = told.get(block.hash) ?? { block, count: 0 };
      told.set(block.hash, { block, count: held.count + 1 });
    }
    const loudest = [...told.values()].sort((left, right) => right.count - left.count)[0];
    const agreed = [...told.values()].find(({ count }) => count >= this.#quorum()) ?? this.#believed(loudest);
    this.#judgeOdd([...told.keys()], height);
    if (agreed === undefined) throw this.#lose(`no ${this.#quorum()} providers agree on block ${height}`);
    this.#lost = undefined;
    this.#synced = true;
    return agreed.block;
  }

  /** Without agreement there is no answer; a planted bug takes the loudest one. */
  #believed<Found>(loudest: Found): Found | undefined {
    return this.parts.plant === 'unknown-as-yes' ? loudest : undefined;
  }

  /** One provider's contradiction proves nothing; a planted bug halts on it. */
  #judgeOdd(hashes: readonly BlockHash[], height: number): void {
    if (this.parts.plant !== 'halt-on-one-word') return;
    const held = this.parts.disk.state.finals.get(height);
    if (held !== undefined && hashes.some((hash) => hash !== held)) void this.#latch(height);
  }

  /** Keeps final blocks before anybody sees them; a contradiction is latched first of all. */
  async #accept(blocks: readonly ToldBlock[]): Promise<void> {
    const { disk, life, plant } = this.parts;
    const { finals } = disk.state;
    for (const { height, hash, parentHash } of blocks) {
      const contradicted =
        (finals.has(height) && finals.get(height) !== hash) ||
        (finals.has(height - 1) && finals.get(height - 1) !== parentHash);
      if (contradicted && plant !== 'forget-halt') throw await this.#latch(height);
    }
    const fresh = blocks.filter(({ height }) => !finals.has(height));
    if (fresh.length === 0) return;
    const error = (): AppError => fault('HALT_STORE_UNAVAILABLE', 'the halt record cannot be written', true);
    await disk.write(life, { label: `finals ${this.parts.chainId}`, synced: true, error }, (record) => {
      for (const { height, hash } of fresh) record.finals.set(height, hash);
      record.tip = Math.max(record.tip, ...fresh.map(({ height }) => height));
    });
    this.requireOpen();
  }

  async #latch(height: number): Promise<AppError> {
    const { chainId, disk, life, tally, observer } = this.parts;
    this.parts.onHalt(chainId);
    const halt = {
      reason: `final block ${height} of chain ${chainId} was replaced`,
      height,
      sinceMs: life.scheduler.nowMs,
    };
    this.#halt = halt;
    tally.reach('halt latched');
    observer.observe({ name: 'chain-halted', level: 'error', fields: { chain_id: chainId, height } });
    const error = (): AppError => fault('HALT_STORE_UNAVAILABLE', 'the halt record cannot be written', true);
    await disk
      .write(life, { label: `halt ${chainId}`, synced: true, error }, (record) => {
        record.halt = halt;
      })
      .catch(() => undefined);
    return fault('HALTED', halt.reason, false);
  }

  #final(block: ToldBlock): FinalBlock {
    const { height, hash, parentHash, timestampS } = block;
    const stateRoot = hash as string as Bytes32;
    const chainId = toChainId(this.parts.chainId);
    const isLocal = this.parts.plant === 'clock-in-statements';
    const timestamp = BigInt(isLocal ? Math.floor(this.parts.life.clock.nowMs() / 1_000) : timestampS);
    return { chainId, height: blockHeight(height), hash, parentHash, stateRoot, timestamp } as FinalBlock;
  }

  #lose(reason: string): AppError {
    this.#lost ??= { reason, sinceMs: this.parts.life.scheduler.nowMs };
    this.parts.tally.reach('quorum of providers lost');
    return fault('NO_QUORUM', reason, true);
  }
}

/** Returns the entries of a journal after a count and up to another, with their places. */
export function locate(
  journal: JournalModel,
  range: { readonly after: number; readonly upTo: number },
  hashAt: (height: number) => BlockHash,
): LocatedEntries {
  const lines = journal.lines.slice(range.after, range.upTo);
  return {
    packed: concatBytes(...lines.map(({ packed }) => packed)),
    locations: lines.map(({ height, txHash, logIndex }, at) => ({
      index: BigInt(range.after + at + 1),
      blockHeight: blockHeight(height),
      blockHash: hashAt(height),
      txHash,
      logIndex,
    })),
  };
}

/** Builds an error of a modelled port. */
export function fault(code: string, message: string, retryable: boolean): AppError {
  return new AppError({ code, message, retryable });
}
