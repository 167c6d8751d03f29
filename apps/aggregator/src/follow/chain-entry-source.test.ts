import { AppError, address, blockHeight, bytesToHex } from '@surety/domain';
import type { EntriesWanted, LocatedEntries } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { TestJournal, testAccount, testEdge, testLock, word } from '../testing/test-attesters.js';
import { ChainEntrySource, type JournalReader } from './chain-entry-source.js';

const known = testEdge();
const journal = new TestJournal(known).append(testLock(testAccount(1), 5n), testLock(testAccount(2), 6n));
const anchor = { position: journal.position(1), block: 100n };

/** A chain that answers frames after some counts, and a source on it. */
function sourceOf(answers: ReadonlyMap<bigint, LocatedEntries>): {
  source: ChainEntrySource;
  asked: bigint[];
  told: string[];
} {
  const asked: bigint[] = [];
  const told: string[] = [];
  let height = 400n;
  const chain = {
    readFinalTip: async () => ({ height: (height += 100n) }),
    readFrame: async ({ after }: { after: { count: bigint } }) => {
      asked.push(after.count);
      const entries = answers.get(after.count);
      if (entries === undefined) throw new AppError({ code: 'INCOMPLETE', message: 'no provider’s logs fold' });
      return { entries, position: journal.position(Number(after.count) + entries.locations.length) };
    },
  } as unknown as JournalReader['chain'];
  const spec = {
    edge: known.edge,
    edgeId: known.edgeId,
    direction: known.direction,
    contract: address(known.edge.journal),
    codeHash: word(1),
    fromBlock: blockHeight(3n),
  };
  const observer = { observe: (event: { name: string }) => void told.push(event.name) };
  return { source: new ChainEntrySource(new Map([[known.edgeId, { chain, journal: spec }]]), observer), asked, told };
}

/** A chain of 1,000 blocks whose n-th entry lies in block 100·n, read by at most some blocks a frame, and a source on it. */
function longChain(blocksMax: bigint): {
  source: ChainEntrySource;
  asked: string[];
  chain: { tip: bigint; failAt: bigint | undefined };
} {
  const asked: string[] = [];
  const chain = {
    tip: 1_000n,
    failAt: undefined as bigint | undefined,
    readFinalTip: async () => ({ height: chain.tip }),
    readFinalBlock: async (height: bigint) => ({ height }),
    readFrame: async (request: { block: { height: bigint }; after: { count: bigint }; afterBlock: bigint }) => {
      const { after, afterBlock, block } = request;
      if (block.height === chain.failAt) throw new AppError({ code: 'UNPROVEN', message: 'no provider has the state' });
      if (block.height - afterBlock > blocksMax) throw new AppError({ code: 'CALL_LIMIT', message: 'too many calls' });
      asked.push(`${afterBlock}-${block.height}`);
      const count = Math.min(long.entries.length, Number(block.height) / 100);
      return {
        entries: long.located(Number(after.count), Math.floor(count)),
        position: long.position(Math.floor(count)),
      };
    },
  };
  const spec = { edge: known.edge, edgeId: known.edgeId, fromBlock: blockHeight(1n) };
  const reader = { chain, journal: spec } as unknown as JournalReader;
  return {
    source: new ChainEntrySource(new Map([[known.edgeId, reader]]), { observe: () => undefined }),
    asked,
    chain,
  };
}

const long = new TestJournal(known).append(
  ...Array.from({ length: 8 }, (_, at) => testLock(testAccount(at), BigInt(at + 1))),
);

function wanted(change: Partial<EntriesWanted> = {}): EntriesWanted {
  return { known, position: journal.position(0), to: 2n, anchor: undefined, ...change };
}

async function packedOf(source: ChainEntrySource, entries: EntriesWanted): Promise<string> {
  return bytesToHex((await source.readEntriesAfter(entries))?.packed ?? new Uint8Array());
}

describe('ChainEntrySource', () => {
  it('gives nothing of an edge whose chain it cannot read', async () => {
    const { source } = sourceOf(new Map());
    expect(await source.readEntriesAfter(wanted({ known: testEdge(2) }))).toBeUndefined();
  });

  it('gives nothing, and says why, when the chain cannot prove its entries', async () => {
    const { source, told } = sourceOf(new Map());
    expect(await source.readEntriesAfter(wanted())).toBeUndefined();
    expect(told).toEqual(['journal-walk-failed']);
  });

  it('walks from the anchor, and from the first block if the anchor was a lie', async () => {
    const honest = sourceOf(new Map([[1n, journal.located(1)]]));
    expect(await honest.source.readEntriesAfter(wanted({ anchor }))).toEqual(journal.located(1));
    const lied = sourceOf(new Map([[0n, journal.located()]]));
    expect(await lied.source.readEntriesAfter(wanted({ anchor }))).toEqual(journal.located());
    expect(lied.asked).toEqual([1n, 0n]);
  });

  it('walks once while the fold catches up, and again when it needs more or was released', async () => {
    const { source, asked } = sourceOf(new Map([[0n, journal.located()]]));
    await source.readEntriesAfter(wanted());
    await source.readEntriesAfter(wanted({ position: journal.position(1) }));
    expect(asked).toEqual([0n]);
    await source.readEntriesAfter(wanted({ position: journal.position(2), to: 3n }));
    source.release();
    await source.readEntriesAfter(wanted());
    expect(asked).toEqual([0n, 2n, 0n]);
  });

  it('walks a journal that is too long for one frame in steps', async () => {
    const { source, asked } = longChain(300n);
    expect(await packedOf(source, wanted({ to: 8n }))).toEqual(bytesToHex(long.packed()));
    expect(asked).toEqual(['0-250', '250-532', '532-691', '691-870']);
  });

  it('goes on where a step failed, and from the held entries to those that came since', async () => {
    const { source, asked, chain } = longChain(500n);
    chain.failAt = 1_000n;
    expect(await source.readEntriesAfter(wanted({ to: 8n }))).toBeUndefined();
    chain.failAt = undefined;
    chain.tip = 600n;
    expect(await packedOf(source, wanted({ to: 6n }))).toEqual(bytesToHex(long.packed(0, 6)));
    expect(asked).toEqual(['0-300', '300-600']);
    chain.tip = 800n;
    expect(await packedOf(source, wanted({ position: long.position(5), to: 8n }))).toEqual(bytesToHex(long.packed(3)));
    expect(asked).toEqual(['0-300', '300-600', '600-800']);
  });

  it('gives up on one block that is too much, and tells it', async () => {
    const { source, asked } = longChain(0n);
    expect(await source.readEntriesAfter(wanted({ to: 8n }))).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
