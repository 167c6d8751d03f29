import { AppError, address, blockHeight } from '@surety/domain';
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
  const chain = {
    readFinalTip: async () => ({}),
    readFrame: async ({ after }: { after: { count: bigint } }) => {
      asked.push(after.count);
      const entries = answers.get(after.count);
      if (entries === undefined) throw new AppError({ code: 'INCOMPLETE', message: 'no provider’s logs fold' });
      return { entries };
    },
  } as unknown as JournalReader['chain'];
  const spec = {
    edge: known.edge,
    edgeId: known.edgeId,
    contract: address(known.edge.journal),
    codeHash: word(1),
    fromBlock: blockHeight(3n),
  };
  const observer = { observe: (event: { name: string }) => void told.push(event.name) };
  return { source: new ChainEntrySource(new Map([[known.edgeId, { chain, journal: spec }]]), observer), asked, told };
}

function wanted(change: Partial<EntriesWanted> = {}): EntriesWanted {
  return { known, position: journal.position(0), anchor: undefined, ...change };
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
    await source.readEntriesAfter(wanted({ position: journal.position(2) }));
    source.release();
    await source.readEntriesAfter(wanted());
    expect(asked).toEqual([0n, 0n, 0n]);
  });
});
