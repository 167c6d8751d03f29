import { formatWire } from '@surety/api';
import { keccak256 } from '@surety/contracts';
import { type JournalEntrySource, type KnownEdge, LocalJournal } from '@surety/workflows';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestJournal, testAccount, testEdge, testKey, testLock } from '../testing/test-attesters.js';

/** A vault on the ledger's own chain 99. */
const LOCAL: KnownEdge = { ...testEdge(69), source: 0 };
let test: TestApp;
let journal: TestJournal;

beforeEach(async () => {
  test = await startTestApp({ edges: [testEdge(), LOCAL] });
  journal = new TestJournal(LOCAL).append(testLock(testAccount(1), 5n), testLock(testAccount(2), 7n));
});

afterEach(() => test.close());

async function ask(method: 'GET' | 'POST', url: string, payload?: unknown): Promise<Record<string, unknown>> {
  const response = await test.app.inject({
    method,
    url,
    ...(payload === undefined ? {} : { payload: payload as object }),
  });
  return response.json();
}

/** The journal as its chain shows it, up to a count that a test moves. */
function source(shown: { count: number }): JournalEntrySource {
  return {
    readEntriesAfter: ({ position }) => {
      const from = Number(position.count);
      return Promise.resolve(shown.count > from ? journal.located(from, shown.count) : undefined);
    },
    release: () => undefined,
  };
}

function follow(shown: { count: number }): LocalJournal {
  const { intake, store, clock } = test;
  const observer = { observe: () => undefined };
  const ports = { intake, intakeStore: store.intake, clock, observer, keccak256 };
  return new LocalJournal({ known: LOCAL, entries: source(shown), ...ports });
}

it('takes nothing that anybody signs or posts for source 0, however many sign', async () => {
  const statements = test.keys.map((key) => journal.signed(key));
  const refused = await ask('POST', '/v1/statements', formatWire({ statements }));
  expect(refused['code']).toBe('EDGE_LOCAL');
  const { poster, signature, entries } = journal.posted(testKey(1));
  const packed = `0x${Buffer.from(entries.packed).toString('hex')}`;
  const locations = formatWire(entries.locations);
  const body = { from: '0', packed, stage: 'final', locations, poster, signature };
  expect(await ask('POST', `/v1/edges/${LOCAL.edgeId}/entries`, body)).toMatchObject({ code: 'EDGE_LOCAL' });
  expect(test.intake.book(LOCAL.edgeId)).toMatchObject({ attestedCount: 0n, entryCount: 0n });
});

it('reads the journal of source 0 from its chain, and says who credits an entry', async () => {
  const shown = { count: 1 };
  const local = follow(shown);
  await local.advance();
  await local.advance();
  shown.count = 2;
  await local.advance();
  expect(test.intake.book(LOCAL.edgeId)?.position).toEqual(journal.position());
  const { edges } = (await ask('GET', '/v1/edges')) as { edges: readonly object[] };
  expect(edges).toMatchObject([
    { local: false },
    { source: 0, local: true, entryCount: '2', attestedCount: '0', attesters: [] },
  ]);
  expect(await ask('GET', `/v1/entries/${LOCAL.edgeId}:2`)).toMatchObject({
    stage: 'final',
    reason: 'it was locked beside the ledger and not credited yet; nobody signs there',
    next: 'anyone credits it: surety credit',
    quorum: 0,
  });
});

it('goes on where an earlier process stopped', async () => {
  await follow({ count: 1 }).advance();
  await follow({ count: 2 }).advance();
  expect(test.intake.book(LOCAL.edgeId)?.position).toEqual(journal.position());
});
