import {
  type BlockHash,
  type BlockHeight,
  type Bytes32,
  type JournalPosition,
  blockHeight,
  chainId as toChainId,
} from '@surety/domain';
import type {
  FinalBlock,
  FrameRequest,
  JournalSpec,
  LocatedEntries,
  OriginChain,
  VerifiedFrame,
  Waypoint,
} from '@surety/workflows';
import { type QuorumReading, fault, locate } from './chain-reading.js';
import { type JournalModel, headOf } from './journal-model.js';
import type { ModelBlock } from './modelled-chain.js';

/** Gives a journal of a chain after one of its blocks. */
export type JournalAt = (block: ModelBlock<unknown, unknown, unknown>, edge: Bytes32) => JournalModel;

/** Longest wait for a new head. */
const HEAD_WAIT_MS = 15_000;

/** The port of one watcher to one chain, over the quorum reading of its providers. */
export class OriginChainModel implements OriginChain {
  readonly chainId;
  readonly #reading: QuorumReading;
  readonly #journalAt: JournalAt;
  #headTold = '';
  #waiting = new Set<() => void>();

  constructor(reading: QuorumReading, journalAt: JournalAt) {
    this.chainId = toChainId(reading.parts.chainId);
    this.#reading = reading;
    this.#journalAt = journalAt;
  }

  /** Tells that the chain has another head. */
  ringHead(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) this.#reading.parts.life.deliver(wake);
  }

  condition(): ReturnType<OriginChain['condition']> {
    return this.#reading.condition();
  }

  readFinalTip(): Promise<FinalBlock> {
    return this.#reading.readFinalTip();
  }

  readFinalBlock(height: BlockHeight): Promise<FinalBlock> {
    return this.#reading.readFinalBlock(height);
  }

  async readFrame(request: FrameRequest): Promise<VerifiedFrame> {
    const { journal, block, after } = request;
    await this.#reading.requireContents(block);
    const held = this.#modelBlock(block);
    const model = this.#journalAt(held, journal.edgeId);
    const count = model.lines.length;
    if (count < Number(after.count))
      throw fault('POSITION_REGRESSED', `count ${count} lies before ${after.count}`, false);
    if (headOf(model, Number(after.count)) !== after.head)
      throw fault('INCOMPLETE', 'no logs lead on from there', true);
    const position = { count: BigInt(count), head: headOf(model) };
    const entries = this.#located(model, Number(after.count), count);
    return { journal, block, position, after, entries };
  }

  /** Modelled journals are short enough for one frame. */
  async readWaypoints(): Promise<readonly Waypoint[]> {
    return [];
  }

  async readPortion(request: { journal: JournalSpec; after: JournalPosition; to: Waypoint }): Promise<LocatedEntries> {
    throw fault('INCOMPLETE', `nobody gave a waypoint of ${request.journal.edgeId}`, true);
  }

  async readSeen(request: {
    journal: JournalSpec;
    after: JournalPosition;
    afterBlock: BlockHeight;
  }): Promise<LocatedEntries> {
    const { life, network, providers, tally } = this.#reading.parts;
    const provider = providers.find((one) => one.fault !== 'provider-down');
    await life.wait(network.delay(), `seen ${this.chainId}`, () => undefined);
    if (provider === undefined || network.drops()) throw fault('UNREACHABLE', 'no provider shows its head', true);
    const model = this.#journalAt(provider.head, request.journal.edgeId);
    const after = Number(request.after.count);
    const shown = this.#located(model, Math.min(after, model.lines.length), model.lines.length);
    if (!provider.inventsSeen || shown.packed.length === 0) return shown;
    tally.fire('lie-seen-entries');
    const packed = Uint8Array.from(shown.packed);
    packed[18] = (packed[18] ?? 0) ^ 1;
    return { ...shown, packed };
  }

  async waitForHead(signal?: AbortSignal): Promise<void> {
    const { life, network, providers } = this.#reading.parts;
    const chain = providers[0]?.chain;
    if (signal?.aborted === true || chain === undefined) return;
    if (chain.head.hash === this.#headTold) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          limit.cancelled = true;
          this.#waiting.delete(end);
          signal?.removeEventListener('abort', end);
          resolve();
        };
        const limit = life.scheduler.after(HEAD_WAIT_MS, `${life.name}:head late`, () => life.deliver(end));
        this.#waiting.add(end);
        signal?.addEventListener('abort', end);
      });
    }
    await life.wait(network.delay(), `head ${this.chainId}`, () => undefined);
    this.#headTold = chain.head.hash;
  }

  #located(model: JournalModel, after: number, upTo: number): LocatedEntries {
    const chain = this.#reading.parts.providers[0]?.chain;
    const hashAt = (height: number): BlockHash => (chain?.at(height) ?? chain?.head)?.hash as BlockHash;
    return locate(model, { after, upTo }, hashAt);
  }

  #modelBlock(block: FinalBlock): ModelBlock<unknown, unknown, unknown> {
    const held = this.#reading.parts.providers[0]?.chain.at(Number(block.height));
    if (held === undefined) throw fault('UNPROVEN', `no provider proves block ${blockHeight(block.height)}`, true);
    return held;
  }
}
