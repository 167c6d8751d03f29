import { formatWire } from '@surety/api';
import type { PostedBatch, SignedStatement } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { POSTER_BURST } from '../limits.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestJournal, testAccount, testEdge, testEpoch, testKey, testLock, word } from '../testing/test-attesters.js';

let test: TestApp;

beforeEach(async () => {
  test = await startTestApp();
  test.journal.append(testLock(testAccount(1), 5n), testLock(testAccount(2), 7n), testLock(testAccount(1), 9n));
});

afterEach(() => test.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function post(url: string, payload: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await test.app.inject({ method: 'POST', url, headers, payload: payload as object });
  return { status: response.statusCode, body: response.json() };
}

function postStatements(...statements: SignedStatement[]): Promise<Answer> {
  return post('/v1/statements', formatWire({ statements }));
}

function postEntries(batch: PostedBatch, headers: Record<string, string> = {}): Promise<Answer> {
  const { edge, from, entries, stage, poster, signature } = batch;
  const packed = `0x${Buffer.from(entries.packed).toString('hex')}`;
  const locations = formatWire(entries.locations);
  const body = { from: from.toString(), packed, stage, locations, poster, signature };
  return post(`/v1/edges/${edge}/entries`, body, headers);
}

async function read(url: string): Promise<Answer> {
  const response = await test.app.inject({ method: 'GET', url });
  return { status: response.statusCode, body: response.json() };
}

function key(n: number): ReturnType<typeof testKey> {
  return test.keys[n] ?? testKey(0);
}

const stored = (fresh: boolean): unknown => ({ kind: 'stored', fresh });

describe('POST /v1/statements', () => {
  it('refuses a signature that is another signer’s', async () => {
    const signed = { ...test.journal.signed(key(0)), signer: key(1).address };
    const { status, body } = await postStatements(signed);
    expect({ status, code: body['code'] }).toEqual({ status: 422, code: 'BAD_SIGNATURE' });
    expect(body['outcomes']).toHaveLength(1);
  });

  it('refuses the twin of a signature with a high s', async () => {
    const signed = test.journal.signed(key(0));
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = order - BigInt(`0x${signed.signature.slice(66, 130)}`);
    const v = signed.signature.endsWith('1b') ? '1c' : '1b';
    const twin = `${signed.signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${v}` as typeof signed.signature;
    expect((await postStatements({ ...signed, signature: twin })).body['code']).toBe('BAD_SIGNATURE');
  });

  it('refuses a stranger', async () => {
    expect((await postStatements(test.journal.signed(testKey(77)))).body['code']).toBe('NOT_A_MEMBER');
  });

  it('refuses an edge of another deployment', async () => {
    const other = new TestJournal(testEdge(2)).append(testLock(testAccount(1), 1n));
    expect((await postStatements(other.signed(key(0)))).body['code']).toBe('UNKNOWN_EDGE');
  });

  it('asks to hand in again, without a warning, what comes before the attester sets are read', async () => {
    await test.intake.useEpochs(test.journal.known.domain, [], 0n);
    expect((await postStatements(test.journal.signed(key(0)))).body['code']).toBe('EPOCHS_UNREAD');
    expect((await postEntries(test.journal.posted(key(0)))).body['code']).toBe('EPOCHS_UNREAD');
    const refused = test.events.filter(({ name }) => name === 'post-refused');
    expect(refused.map(({ level }) => level)).toEqual(['info', 'info']);
    await test.intake.useEpochs(test.journal.known.domain, [testEpoch(test.keys)], 0n);
    expect((await postStatements(test.journal.signed(key(0)))).status).toBe(200);
  });

  it('refuses an epoch that was not active at the statement’s time', async () => {
    await test.intake.useEpochs(
      test.journal.known.domain,
      [testEpoch(test.keys), testEpoch(test.keys, 2, 1_600_000_000n)],
      0n,
    );
    expect((await postStatements(test.journal.signed(key(0)))).body['code']).toBe('WRONG_EPOCH');
  });

  it('refuses a count that is neither the tip nor a cut', async () => {
    const statement = test.journal.statement(2, { tip: 3n });
    expect((await postStatements(test.journal.signed(key(0), statement))).body['code']).toBe('NOT_A_CUT');
  });

  it('refuses a statement of a time more than an hour ahead, and takes one of exactly an hour', async () => {
    const nowS = 1_700_000_100n;
    const ahead = test.journal.signed(key(0), test.journal.statement(1, { asOf: nowS + 3_601n }));
    expect((await postStatements(ahead)).body['code']).toBe('AS_OF_AHEAD');
    const near = test.journal.signed(key(0), test.journal.statement(1, { asOf: nowS + 3_600n }));
    expect((await postStatements(near)).status).toBe(200);
  });

  it('refuses a head that the attested entries do not fold to', async () => {
    await postEntries(test.journal.posted(key(0)));
    for (const one of test.keys.slice(0, 3)) await postStatements(test.journal.signed(one));
    const statement = test.journal.statement(3, { head: word(5) });
    expect((await postStatements(test.journal.signed(key(3), statement))).body['code']).toBe('HEAD_MISMATCH');
  });

  it('refuses a member’s second head for one count, and keeps both as evidence', async () => {
    await postStatements(test.journal.signed(key(0)));
    const other = test.journal.signed(key(0), test.journal.statement(3, { head: word(5) }));
    expect((await postStatements(other)).body['code']).toBe('CONTRADICTION');
    expect(await test.store.views.countRows()).toMatchObject({ contradictions: 1 });
    const [first, second] = [test.journal.signed(key(0)), other].map(({ statement, signature }) =>
      formatWire({ statement, signature }),
    );
    const { edge } = other.statement;
    expect((await read('/v1/contradictions')).body['contradictions']).toEqual([
      { edge, signer: key(0).address, count: '3', kind: 'two-heads', first, second },
    ]);
  });

  it('refuses a later tip that denies entries which the member stated, and keeps both as evidence', async () => {
    const asOf = test.journal.statement(3).asOf;
    await postStatements(test.journal.signed(key(0)));
    const hidden = test.journal.signed(key(0), test.journal.statement(1, { tip: 1n, asOf: asOf + 60n }));
    const { body } = await postStatements(hidden);
    expect(body).toMatchObject({ code: 'CONTRADICTION' });
    expect((await read('/v1/contradictions')).body['contradictions']).toMatchObject([{ kind: 'hidden-tip' }]);
    expect(await test.store.views.countRows()).toMatchObject({ contradictions: 1 });
    const earlier = test.journal.signed(key(0), test.journal.statement(1, { tip: 1n, asOf: asOf - 60n }));
    expect((await postStatements(earlier)).status).toBe(200);
  });

  it('refuses a malformed body, a number that is no text and too many statements', async () => {
    expect((await post('/v1/statements', { statements: [{}] })).body['code']).toBe('MISSING_FIELD');
    const { statements } = formatWire({ statements: [test.journal.signed(key(0))] });
    expect((await post('/v1/statements', { statements, more: 'x' })).body['code']).toBe('UNKNOWN_FIELD');
    const longer = [{ ...statements[0], more: 'x' }];
    expect((await post('/v1/statements', { statements: longer })).body['code']).toBe('UNKNOWN_FIELD');
    expect((await post('/v1/statements', { statements: [{ count: 1 }] })).body['code']).toBe('NUMBER_NOT_TEXT');
    const many = Array.from({ length: 257 }, () => 'x');
    expect((await post('/v1/statements', { statements: many })).body['code']).toBe('TOO_MANY');
  });

  it('answers 200 with one outcome each when some are refused', async () => {
    const { status, body } = await postStatements(test.journal.signed(testKey(77)), test.journal.signed(key(0)));
    expect(status).toBe(200);
    expect(body['outcomes']).toMatchObject([{ kind: 'refused', code: 'NOT_A_MEMBER' }, stored(true)]);
  });

  it('counts a signature once however often it comes', async () => {
    expect((await postStatements(test.journal.signed(key(0)))).body['outcomes']).toEqual([stored(true)]);
    const twice = await postStatements(test.journal.signed(key(0)), test.journal.signed(key(0)));
    expect(twice.body['outcomes']).toEqual([stored(false), stored(false)]);
  });

  it('keeps a statement past the entries held, and attests them once they come', async () => {
    for (const one of test.keys.slice(0, 3)) await postStatements(test.journal.signed(one));
    expect((await read('/v1/edges')).body).toMatchObject({ edges: [{ attestedCount: '3', entryCount: '0' }] });
    await postEntries(test.journal.posted(key(3)));
    const { edgeId } = test.journal.known;
    const { body } = await read(`/v1/edges/${edgeId}/entries?from=1&to=3`);
    expect(body['packed']).toBe(`0x${Buffer.from(test.journal.packed(1, 3)).toString('hex')}`);
  });

  it('gives a complete statement with its signatures in order of their signers', async () => {
    for (const one of [key(3), key(1), key(0)]) await postStatements(test.journal.signed(one));
    const { body } = await read(`/v1/edges/${test.journal.known.edgeId}/statements?attested=true`);
    const [view] = body['statements'] as { signers: string[]; signatures: string; complete: boolean }[];
    expect(view?.complete).toBe(true);
    expect(view?.signers).toEqual([...(view?.signers ?? [])].sort());
    expect(view?.signatures).toHaveLength(2 + 3 * 130);
  });

  describe('once a member is suspended', () => {
    const { edgeId, domain } = testEdge();
    const suspend = (...suspended: ReturnType<typeof testKey>[]) =>
      test.intake.useEpochs(domain, [{ ...testEpoch(test.keys), suspended: suspended.map((one) => one.address) }], 0n);
    const attested = async () =>
      (await read(`/v1/edges/${edgeId}/statements?attested=true`)).body['statements'] as { signers: string[] }[];

    it('refuses what it signs', async () => {
      await suspend(key(0));
      expect((await postStatements(test.journal.signed(key(0)))).body['code']).toBe('SIGNER_SUSPENDED');
      expect((await postStatements(test.journal.signed(key(1)))).status).toBe(200);
    });

    it('serves no statement that has k signatures only with its own, until another member signs', async () => {
      for (const one of test.keys.slice(0, 3)) await postStatements(test.journal.signed(one));
      expect(await attested()).toHaveLength(1);
      await suspend(key(0));
      expect(await attested()).toEqual([]);
      expect((await read('/v1/edges')).body).toMatchObject({ edges: [{ attestedCount: '0' }] });
      expect(test.events.find(({ name }) => name === 'signatures-dropped')?.fields).toMatchObject({ dropped: 1 });
      await postStatements(test.journal.signed(key(3)));
      const others = [key(1), key(2), key(3)].map((one) => one.address);
      expect(await attested()).toMatchObject([{ signers: [...others].sort() }]);
      expect((await read('/v1/edges')).body).toMatchObject({ edges: [{ attestedCount: '3' }] });
    });

    it('goes on serving a statement that k others signed, without its signature', async () => {
      for (const one of test.keys) await postStatements(test.journal.signed(one));
      await suspend(key(2));
      const others = [key(0), key(1), key(3)].map((one) => one.address);
      expect(await attested()).toMatchObject([{ signers: [...others].sort(), complete: true }]);
    });
  });

  it('never adds up the signatures of two epochs', async () => {
    await test.intake.useEpochs(
      test.journal.known.domain,
      [testEpoch(test.keys), testEpoch(test.keys, 2, 1_700_000_050n)],
      0n,
    );
    await postStatements(test.journal.signed(key(0)), test.journal.signed(key(1)));
    const later = test.journal.statement(3, { epoch: 2, asOf: 1_700_000_060n });
    await postStatements(test.journal.signed(key(2), later), test.journal.signed(key(3), later));
    expect((await read('/v1/edges')).body).toMatchObject({ edges: [{ attestedCount: '0' }] });
  });
});

describe('POST /v1/edges/:edge/entries', () => {
  it('refuses entries that were signed as seen and are handed on as final', async () => {
    const batch = test.journal.posted(key(0), { stage: 'seen' });
    expect((await postEntries({ ...batch, stage: 'final' })).body['code']).toBe('BAD_SIGNATURE');
    expect((await postEntries(batch)).body).toEqual(stored(true));
  });

  it('refuses a signature over other entries', async () => {
    const { signature } = test.journal.posted(key(0), { to: 2 });
    expect((await postEntries({ ...test.journal.posted(key(0)), signature })).body['code']).toBe('BAD_SIGNATURE');
  });

  it('refuses a stranger', async () => {
    expect((await postEntries(test.journal.posted(testKey(77)))).body['code']).toBe('NOT_A_MEMBER');
  });

  it('answers 404 for an edge of another deployment', async () => {
    const other = new TestJournal(testEdge(2)).append(testLock(testAccount(1), 1n));
    expect(await postEntries(other.posted(key(0)))).toMatchObject({ status: 404, body: { code: 'UNKNOWN_EDGE' } });
  });

  it('refuses bytes that are no whole number of entries, and places that do not fit them', async () => {
    const batch = test.journal.posted(key(0));
    const short = { ...batch, entries: { ...batch.entries, packed: batch.entries.packed.subarray(1) } };
    expect((await postEntries(short)).body['code']).toBe('BAD_LENGTH');
    const misplaced = { ...batch, entries: { ...batch.entries, locations: batch.entries.locations.slice(1) } };
    expect((await postEntries(misplaced)).body['code']).toBe('BAD_LENGTH');
  });

  it('takes an entry of a kind that nobody knows, for a head decides what belongs to a journal', async () => {
    const journal = new TestJournal(test.journal.known);
    const packed = test.journal.packed(0, 1);
    packed[0] = 99;
    journal.packed = () => packed;
    expect((await postEntries(journal.posted(key(0), { to: 1 }))).status).toBe(200);
    const shown = await test.app.inject({ method: 'GET', url: `/v1/entries/${journal.known.edgeId}:1` });
    expect(shown.json()).toMatchObject({ stage: 'final', kind: 'kind 99', amount: '0' });
  });

  it('refuses entries that contradict what the poster called final, or what is attested', async () => {
    await postEntries(test.journal.posted(key(0)));
    const other = new TestJournal(test.journal.known).append(testLock(testAccount(8), 5n));
    expect((await postEntries(other.posted(key(0)))).body['code']).toBe('CONFLICT');
    for (const one of test.keys.slice(0, 3)) await postStatements(test.journal.signed(one));
    expect((await postEntries(other.posted(key(1)))).body['code']).toBe('CONFLICT');
  });

  it('refuses entries far past what is attested', async () => {
    const far = test.journal.posted(key(0));
    const journal = new TestJournal(test.journal.known);
    journal.packed = () => test.journal.packed();
    const batch = journal.posted(key(0), { from: 5_000, to: 5_003 });
    expect(far.entries.locations).toHaveLength(3);
    expect((await postEntries(batch)).body['code']).toBe('TOO_MANY');
  });

  it('lets a poster replace what it only saw, when the chain was reorganised', async () => {
    await postEntries(test.journal.posted(key(0), { stage: 'seen' }));
    const other = new TestJournal(test.journal.known).append(testLock(testAccount(8), 5n));
    expect((await postEntries(other.posted(key(0), { stage: 'seen' }))).body).toEqual(stored(true));
    expect((await read(`/v1/accounts/${testAccount(1)}`)).body['entries']).toEqual([]);
  });

  it('changes nothing when the same entries come again', async () => {
    expect((await postEntries(test.journal.posted(key(0)))).body).toEqual(stored(true));
    expect((await postEntries(test.journal.posted(key(0)))).body).toEqual(stored(false));
    for (const one of test.keys.slice(0, 3)) await postStatements(test.journal.signed(one));
    expect((await postEntries(test.journal.posted(key(2)))).body).toEqual(stored(false));
    expect(await test.store.views.countRows()).toEqual({ entries: 3, candidates: 0, contradictions: 0 });
  });

  it('finds the true entries beside those of a lying poster', async () => {
    const other = new TestJournal(test.journal.known).append(
      testLock(testAccount(8), 5n),
      testLock(testAccount(8), 6n),
    );
    await postEntries(other.posted(key(3)));
    await postEntries(test.journal.posted(key(0)));
    for (const one of test.keys.slice(0, 3)) await postStatements(test.journal.signed(one));
    expect(test.intake.books[0]?.position).toEqual(test.journal.position());
  });

  it('drops entries that fold to no signed head, so that honest posters hand theirs in again', async () => {
    const other = new TestJournal(test.journal.known).append(
      ...test.journal.entries.slice(0, 2),
      testLock(testAccount(8), 5n),
    );
    await postEntries(other.posted(key(3)));
    for (const one of test.keys.slice(0, 3)) await postStatements(test.journal.signed(one));
    expect(test.intake.books[0]?.entryCount).toBe(0n);
    await postEntries(test.journal.posted(key(0)));
    expect(test.intake.books[0]?.entryCount).toBe(3n);
  });
});

describe('limits of posts', () => {
  it('answers 429 with the seconds to wait after too many refusals, and forgives with time', async () => {
    const stranger = testKey(77);
    const batch = Array.from({ length: 256 }, () => test.journal.signed(stranger));
    for (let at = 0; at < 2; at++) expect((await postStatements(...batch)).status).toBe(422);
    const limited = await test.app.inject({
      method: 'POST',
      url: '/v1/statements',
      payload: formatWire({ statements: batch }),
    });
    expect(limited.statusCode).toBe(429);
    expect(limited.json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    test.clock.nowValueMs += 60_000;
    expect((await postStatements(test.journal.signed(stranger))).status).toBe(422);
  });

  it('lets nobody use up a member’s budget by handing in again what it has signed', async () => {
    const known = test.journal.signed(key(0));
    expect((await postStatements(known)).status).toBe(200);
    const from = async (remoteAddress: string, statements: readonly unknown[]): Promise<number> => {
      const payload = formatWire({ statements });
      return (await test.app.inject({ method: 'POST', url: '/v1/statements', payload, remoteAddress })).statusCode;
    };
    const repeats = Array.from({ length: 256 }, () => known);
    for (let at = 0; at < POSTER_BURST / 256; at++) expect(await from('203.0.113.7', repeats)).toBe(200);
    expect(await from('203.0.113.7', repeats)).toBe(429);
    expect(await from('203.0.113.8', [known])).toBe(200);
  });
});

describe('the process of a post', () => {
  const names = ['0123456789abcdef', 'fedcba9876543210'] as const;
  const twice = async (): Promise<unknown[]> => {
    const [attesters, edges] = await Promise.all([read('/v1/attesters'), read('/v1/edges')]);
    const [signers, heard] = [attesters.body['edges'], edges.body['edges']] as [
      { members: { address: string; twice: boolean }[] }[],
      { attesters: { address: string; twice?: boolean }[] }[],
    ];
    const all = [...(signers[0]?.members ?? []), ...(heard[0]?.attesters ?? [])];
    return all.filter((one) => one.twice === true).map(({ address }) => address);
  };

  it('shows an attester whose key two processes post with by turns', async () => {
    const batch = test.journal.posted(key(0));
    for (const name of [names[0], names[1]])
      expect((await postEntries(batch, { 'surety-process': name })).status).toBe(200);
    expect(await twice()).toEqual([]);
    await postEntries(batch, { 'surety-process': names[0] });
    const { address } = key(0);
    expect(await twice()).toEqual([address, address]);
  });

  it('counts nothing from a post that is refused, or under a name that is none', async () => {
    const forged = { ...test.journal.posted(key(0)), signature: test.journal.posted(key(1)).signature };
    for (const name of [names[0], names[1], names[0]])
      expect((await postEntries(forged, { 'surety-process': name })).body['code']).toBe('BAD_SIGNATURE');
    for (const name of ['one', 'other', 'one'])
      await postEntries(test.journal.posted(key(0)), { 'surety-process': name });
    expect(await twice()).toEqual([]);
  });
});
