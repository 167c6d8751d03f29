import {
  AppError,
  type BlockHash,
  type BlockHeight,
  type Bytes32,
  type Entry,
  type JournalPosition,
  type Keccak256,
  asciiToBytes,
  blockHash,
  blockHeight,
  bytesToHex,
  chainId as toChainId,
  concatBytes,
  emptyJournal,
  foldJournal,
  frameAbove,
  packEntry,
  txHash,
} from '@surety/domain';
import type {
  ChainCondition,
  EntryLocation,
  FinalBlock,
  FrameRequest,
  JournalSpec,
  LocatedEntries,
  OriginChain,
  VerifiedFrame,
  Waypoint,
} from '../ports/origin-chain.js';

/** Initial state of a fake chain. */
export interface FakeOriginChainOptions {
  readonly journal: JournalSpec;
  readonly keccak256: Keccak256;
  readonly blockTimeS: number;
  /** Timestamp of block 0 in seconds. */
  readonly startS: bigint;
}

/** One journal on a chain driven by a test: honest, except for the faults that the test sets. */
export class FakeOriginChain implements OriginChain {
  readonly chainId;
  readonly #options: FakeOriginChainOptions;
  #entries: { height: bigint; packed: Uint8Array }[] = [];
  #fork = 0;
  #waiting = new Set<() => void>();
  #condition: ChainCondition = { kind: 'live' };
  head = 0n;
  final = 0n;
  /** Blocks below this height cannot be proven any more. */
  provenFrom = 0n;
  /** Block in which the journal is opened. */
  openedAt = 0n;
  /** Most entries of one frame. */
  entriesMax = Number.POSITIVE_INFINITY;
  /** Thrown by every read while set. */
  failure: Error | undefined;
  /** Number of reads, by method. */
  readonly calls = {
    readFinalTip: 0,
    readFinalBlock: 0,
    readFrame: 0,
    readWaypoints: 0,
    readPortion: 0,
    readSeen: 0,
  };

  constructor(options: FakeOriginChainOptions) {
    this.#options = options;
    this.chainId = toChainId(BigInt(options.journal.edge.originChainId));
  }

  /** Adds an entry to a block. */
  append(height: bigint, entry: Entry): void {
    this.#entries.push({ height, packed: packEntry(entry) });
  }

  /** Moves head and final height, and wakes waiters for a head. */
  advanceTo(head: bigint, final: bigint): void {
    this.head = head;
    this.final = final;
    this.wake();
  }

  /** Drops every entry from a height on and changes all later block hashes. */
  reorganise(height: bigint): void {
    this.#entries = this.#entries.filter((entry) => entry.height < height);
    this.#fork++;
    this.wake();
  }

  /** Returns the journal's position at the newest final block. */
  positionAtFinal(): JournalPosition {
    return this.#position(this.final);
  }

  /** Returns the journal's head after so many entries. */
  headAt(count: bigint): Bytes32 {
    const { journal, keccak256 } = this.#options;
    const packed = this.#entries.slice(0, Number(count)).map((entry) => entry.packed);
    return foldJournal(emptyJournal(journal.edge, keccak256), concatBytes(...packed), keccak256).head;
  }

  setCondition(condition: ChainCondition): void {
    this.#condition = condition;
  }

  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of waiting) resolve();
  }

  condition(): ChainCondition {
    return this.#condition;
  }

  async readFinalTip(): Promise<FinalBlock> {
    this.calls.readFinalTip++;
    return this.#block(this.final);
  }

  async readFinalBlock(height: BlockHeight): Promise<FinalBlock> {
    this.calls.readFinalBlock++;
    return this.#block(height);
  }

  async readFrame(request: FrameRequest): Promise<VerifiedFrame> {
    this.calls.readFrame++;
    const { journal, block, after, afterBlock } = request;
    this.#requireProven(block);
    const entries = this.#located(block.height, after.count, afterBlock);
    if (entries.locations.length > this.entriesMax) {
      throw new AppError({ code: 'LOG_LIMIT', message: `more than ${this.entriesMax} entries at once` });
    }
    const position = this.#position(block.height);
    const reached = foldJournal(after, entries.packed, this.#options.keccak256);
    if (reached.count !== position.count || reached.head !== position.head) {
      throw new AppError({
        code: 'INCOMPLETE',
        message: 'the entries do not fold to the proven head',
        retryable: true,
      });
    }
    return { journal, block, position, after, entries };
  }

  async readWaypoints(request: FrameRequest & { stride: bigint }): Promise<readonly Waypoint[]> {
    this.calls.readWaypoints++;
    const { block, after, afterBlock, stride } = request;
    this.#requireProven(block);
    const ends = new Set(
      this.#located(block.height, after.count, afterBlock).locations.map(({ blockHeight: at }) => at),
    );
    const heights = [...ends].map((at) => frameAbove(at - 1n, stride)).filter((height) => height < block.height);
    return [...new Set(heights)].map(
      (height) => ({ height: blockHeight(height), position: this.#position(height) }) as Waypoint,
    );
  }

  async readPortion(request: {
    after: JournalPosition;
    afterBlock: BlockHeight;
    to: Waypoint;
  }): Promise<LocatedEntries> {
    this.calls.readPortion++;
    this.#requireAnswers();
    return this.#located(request.to.height, request.after.count, request.afterBlock);
  }

  async readSeen(request: { after: JournalPosition; afterBlock: BlockHeight }): Promise<LocatedEntries> {
    this.calls.readSeen++;
    this.#requireAnswers();
    return this.#located(this.head, request.after.count, request.afterBlock);
  }

  waitForHead(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }

  /** Returns a block's timestamp in seconds. */
  timestampAt(height: bigint): bigint {
    return this.#options.startS + height * BigInt(this.#options.blockTimeS);
  }

  #requireAnswers(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.#condition.kind === 'halted') throw new AppError({ code: 'HALTED', message: 'the chain is halted' });
  }

  #requireProven(block: FinalBlock): void {
    this.#requireAnswers();
    if (block.height < this.provenFrom) {
      throw new AppError({ code: 'UNPROVEN', message: `no provider proves block ${block.height}`, retryable: true });
    }
    if (block.height < this.openedAt) {
      throw new AppError({ code: 'JOURNAL_UNKNOWN', message: `the journal is not open at block ${block.height}` });
    }
  }

  #block(height: bigint): FinalBlock {
    this.#requireAnswers();
    if (height > this.final) {
      throw new AppError({ code: 'NOT_FINAL', message: `block ${height} is not final`, retryable: true });
    }
    return {
      chainId: this.chainId,
      height: blockHeight(height),
      hash: this.#hashAt(height),
      parentHash: this.#hashAt(height - 1n),
      stateRoot: this.#hashAt(height) as string as Bytes32,
      timestamp: this.timestampAt(height),
    } as FinalBlock;
  }

  #hashAt(height: bigint): BlockHash {
    return blockHash(bytesToHex(this.#options.keccak256(asciiToBytes(`${this.chainId}:${this.#fork}:${height}`))));
  }

  #position(height: bigint): JournalPosition {
    const packed = this.#entries.filter((entry) => entry.height <= height).map((entry) => entry.packed);
    const { journal, keccak256 } = this.#options;
    return foldJournal(emptyJournal(journal.edge, keccak256), concatBytes(...packed), keccak256);
  }

  #located(upTo: bigint, after: bigint, afterBlock: bigint): LocatedEntries {
    const found = this.#entries
      .map((entry, at) => ({ ...entry, index: BigInt(at) + 1n }))
      .filter(({ height, index }) => height <= upTo && height > afterBlock && index > after);
    return {
      packed: concatBytes(...found.map(({ packed }) => packed)),
      locations: found.map((entry) => this.#locate(entry)),
    };
  }

  #locate({ height, index }: { height: bigint; index: bigint }): EntryLocation {
    const hash = this.#options.keccak256(asciiToBytes(`tx:${this.#fork}:${index}`));
    return {
      index,
      blockHeight: blockHeight(height),
      blockHash: this.#hashAt(height),
      txHash: txHash(bytesToHex(hash)),
      logIndex: 0,
    };
  }
}
