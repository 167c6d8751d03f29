import {
  AppError,
  ENTRY_BYTES,
  type JournalPosition,
  blockHash,
  blockHeight,
  bytes32,
  foldJournal,
  txHash,
} from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { EntryLocation, FinalBlock, JournalSpec, LocatedEntries, Waypoint } from '../ports/origin-chain.js';
import { keccak256 } from '../testing/ledger-facts.js';
import { type WholeReader, readWholeJournal } from './read-whole-journal.js';

const EDGE = bytes32(`0x${'e1'.repeat(32)}`);
const WORD = bytes32(`0x${'ab'.repeat(32)}`);
const TIP = blockHeight(40n);
const way = {
  journal: { edgeId: EDGE, fromBlock: blockHeight(3n) } as JournalSpec,
  block: { height: TIP } as FinalBlock,
  stride: 8n,
};

/** Any bytes will do: the fold only checks their length. */
const entry = (index: bigint): Uint8Array => new Uint8Array(ENTRY_BYTES).fill(Number(index));

/** One entry in each of the blocks 4 to 40, on a chain that returns a limited number at once. */
class BoundedChain implements WholeReader {
  readonly asked: string[] = [];
  refusal = 'LOG_LIMIT';

  constructor(private readonly entriesMax: number) {}

  async readFrame({ journal, block: at, after, afterBlock }: Parameters<WholeReader['readFrame']>[0]) {
    this.asked.push(`frame ${afterBlock + 1n}-${at.height}`);
    const entries = this.#read(after, afterBlock, at.height);
    return { journal, block: at, after, position: this.#fold(after, entries), entries };
  }

  async readWaypoints({ block: at, after, stride }: Parameters<WholeReader['readWaypoints']>[0]) {
    this.asked.push(`waypoints by ${stride}`);
    const heights = Array.from({ length: 10 }, (_, index) => stride * BigInt(index + 1)).filter(
      (one) => one < at.height,
    );
    return heights.map((one) => {
      const height = blockHeight(one);
      return { height, position: this.#fold(after, located(blockHeight(3n), height)) } as Waypoint;
    });
  }

  async readPortion({ after, afterBlock, to }: Parameters<WholeReader['readPortion']>[0]) {
    this.asked.push(`portion ${afterBlock + 1n}-${to.height}`);
    return this.#read(after, afterBlock, to.height);
  }

  #read(after: JournalPosition, afterBlock: bigint, to: bigint): LocatedEntries {
    const found = located(afterBlock, to);
    if (found.locations[0]?.index !== after.count + 1n) throw new TypeError('the way has a gap');
    if (found.locations.length > this.entriesMax)
      throw new AppError({ code: this.refusal, message: 'too much at once' });
    return found;
  }

  #fold(after: JournalPosition, { packed }: LocatedEntries): JournalPosition {
    return foldJournal(after, packed, keccak256);
  }
}

function located(afterBlock: bigint, to: bigint): LocatedEntries {
  const heights = Array.from({ length: Number(to) + 1 }, (_, at) => BigInt(at)).filter(
    (at) => at > afterBlock && at > 3n,
  );
  const locations = heights.map((at): EntryLocation => ({
    index: at - 3n,
    blockHeight: blockHeight(at),
    blockHash: blockHash(WORD),
    txHash: txHash(WORD),
    logIndex: 0,
  }));
  const packed = new Uint8Array(locations.length * ENTRY_BYTES);
  locations.forEach(({ index }, at) => packed.set(entry(index), at * ENTRY_BYTES));
  return { packed, locations };
}

describe('a whole journal', () => {
  it('is read in one frame if the limits of its chain allow it', async () => {
    const chain = new BoundedChain(37);
    const { position, entries } = await readWholeJournal(chain, way);
    expect([position.count, entries.locations.length]).toEqual([37n, 37]);
    expect(chain.asked).toEqual(['frame 3-40']);
  });

  it.each(['LOG_LIMIT', 'CALL_LIMIT'])('is read in portions after %s, with the same result', async (refusal) => {
    const [narrow, wide] = [new BoundedChain(8), new BoundedChain(37)];
    narrow.refusal = refusal;
    expect(await readWholeJournal(narrow, way)).toEqual(await readWholeJournal(wide, way));
    expect(narrow.asked).toEqual([
      'frame 3-40',
      'waypoints by 8',
      'portion 3-8',
      'portion 9-16',
      'portion 17-24',
      'portion 25-32',
      'frame 33-40',
    ]);
  });

  it('rejects with any other failure', async () => {
    const chain = new BoundedChain(8);
    chain.refusal = 'UNPROVEN';
    await expect(readWholeJournal(chain, way)).rejects.toMatchObject({ code: 'UNPROVEN' });
    expect(chain.asked).toEqual(['frame 3-40']);
  });
});
