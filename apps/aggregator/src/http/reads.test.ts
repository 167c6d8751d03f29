import { contractsAnswer } from '@surety/api';
import { exampleNetwork, parseNetwork } from '@surety/config';
import { bytes32 } from '@surety/domain';
import type { LedgerFact } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testLock, word } from '../testing/test-attesters.js';
import { ALICE, FEE_TO, TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

async function read(url: string): Promise<{ status: number; type: string; body: Record<string, never> }> {
  const response = await test.app.inject({ method: 'GET', url });
  return { status: response.statusCode, type: String(response.headers['content-type']), body: response.json() };
}

describe('requests that are refused', () => {
  it('answers 404 and 405 as problems, with the methods that are allowed', async () => {
    expect(await read('/nothing')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND', instance: '/nothing' } });
    const wrong = await test.app.inject({ method: 'DELETE', url: '/v1/statements' });
    expect(wrong.statusCode).toBe(405);
    expect(wrong.headers).toMatchObject({ allow: 'POST', 'content-type': 'application/problem+json; charset=utf-8' });
  });

  it('answers 405 at every path of the description, with the methods that it takes', async () => {
    const { paths } = (await read('/openapi.json')).body as unknown as {
      paths: Record<string, Record<string, unknown>>;
    };
    for (const [path, methods] of Object.entries(paths)) {
      const url = path.replaceAll(/\{\w+\}/g, '1');
      const { statusCode, headers } = await test.app.inject({ method: 'DELETE', url });
      const allow = Object.keys(methods).map((method) => method.toUpperCase());
      expect([path, statusCode, headers['allow']]).toEqual([path, 405, allow.sort().join(', ')]);
    }
  });

  it('answers 413 to a body that is too large and 415 to another content type', async () => {
    const large = await test.app.inject({
      method: 'POST',
      url: '/v1/statements',
      headers: { 'content-type': 'application/json' },
      payload: `"${'x'.repeat(600_000)}"`,
    });
    expect([large.statusCode, large.json().code]).toEqual([413, 'BODY_TOO_LARGE']);
    const other = await test.app.inject({
      method: 'POST',
      url: '/v1/statements',
      headers: { 'content-type': 'text/xml' },
      payload: '<a/>',
    });
    expect([other.statusCode, other.json().code]).toEqual([415, 'UNSUPPORTED_CONTENT_TYPE']);
  });

  it.each([
    ['MALFORMED', '{"statements":'],
    ['TOO_DEEP', '['.repeat(9) + ']'.repeat(9)],
    ['FORBIDDEN_MEMBER', '{"__proto__":{"x":"y"}}'],
    ['FORBIDDEN_MEMBER', '{"constructor":{"prototype":{}}}'],
    ['NUMBER_NOT_TEXT', '{"statements":[{"statement":{"count":12345678901234567890}}]}'],
    ['MISSING_FIELD', '{}'],
    ['BAD_LENGTH', '{"statements":[]}'],
  ])('answers 400 %s to %s', async (code, payload) => {
    const response = await test.app.inject({
      method: 'POST',
      url: '/v1/statements',
      headers: { 'content-type': 'application/json' },
      payload,
    });
    expect([response.statusCode, response.json().code]).toEqual([400, code]);
  });

  it('answers 400 to words that are none, and to ranges that are too long', async () => {
    expect((await read('/v1/accounts/0x12')).body).toMatchObject({ code: 'BAD_HEX', status: 400 });
    expect((await read(`/v1/edges/${test.journal.known.edgeId}/entries?from=0&to=513`)).body).toMatchObject({
      code: 'OUT_OF_RANGE',
    });
    expect((await read(`/v1/edges/${test.journal.known.edgeId}/statements?limit=0`)).body).toMatchObject({
      code: 'OUT_OF_RANGE',
    });
  });

  it('answers 400 as a problem to a path that decodes to nothing, or has a part too long for any id', async () => {
    expect(await read('/v1/entries/%zz')).toMatchObject({
      status: 400,
      type: 'application/problem+json; charset=utf-8',
      body: { code: 'BAD_URL' },
    });
    expect(await read(`/v1/entries/${'a'.repeat(101)}`)).toMatchObject({
      status: 400,
      body: { code: 'BAD_LENGTH', detail: expect.stringContaining('longer than 100 characters') },
    });
  });

  it('answers 404 for edges, entries and ranges that are not there', async () => {
    expect((await read(`/v1/edges/${word(1)}/statements`)).body).toMatchObject({ status: 404, code: 'UNKNOWN_EDGE' });
    expect((await read(`/v1/edges/${test.journal.known.edgeId}/entries?from=0&to=1`)).body).toMatchObject({
      status: 404,
      code: 'NOT_ATTESTED',
    });
    for (const id of [word(1), `${test.journal.known.edgeId}:1`])
      expect((await read(`/v1/entries/${id}`)).body).toMatchObject({ status: 404, code: 'UNKNOWN_ENTRY' });
  });

  it('answers 503 to a margin before a block is folded, and says why in its readiness', async () => {
    expect((await read(`/v1/accounts/${ALICE}/margin`)).body).toMatchObject({ status: 503, code: 'NOT_FOLDED' });
    expect(await read('/health/ready')).toMatchObject({
      status: 503,
      body: { ready: false, reasons: [{ code: 'NOT_FOLDED' }] },
    });
  });

  it('shows nothing of an unknown failure, and tells the observer', async () => {
    test.intake.postStatements = () => Promise.reject(new TypeError('secret detail'));
    test.journal.append(testLock(ALICE, 1n));
    const signed = JSON.parse(
      JSON.stringify(test.journal.signed(ledger.key(0)), (_, value: unknown) =>
        typeof value === 'bigint' ? value.toString() : value,
      ),
    ) as object;
    const response = await test.app.inject({
      method: 'POST',
      url: '/v1/statements',
      payload: { statements: [signed] },
    });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('secret detail');
    expect(test.events.find((event) => event.name === 'request-failed')).toMatchObject({ level: 'error' });
  });
});

describe('an entry', () => {
  it('goes from seen to applied, with its times, its reason and who acts next', async () => {
    ledger.list();
    await test.follower.advance();
    test.journal.append(testLock(ALICE, 1_000_000n, 1, 5n));
    const id = `/v1/entries/${test.journal.known.edgeId}:1`;
    await test.intake.postEntries(test.journal.posted(ledger.key(0), { stage: 'seen' }));
    expect((await read(id)).body).toMatchObject({
      stage: 'seen',
      amount: '1000000',
      fee: '5',
      assetId: 4,
      attestedBy: 0,
      quorum: 3,
    });
    test.clock.nowValueMs += 1_000;
    await test.intake.postEntries(test.journal.posted(ledger.key(0)));
    await test.intake.postStatements([test.journal.signed(ledger.key(1))]);
    expect((await read(id)).body).toMatchObject({ stage: 'final', attestedBy: 1 });
    test.clock.nowValueMs += 1_000;
    await test.intake.postStatements(test.keys.map((one) => test.journal.signed(one)));
    expect((await read(id)).body).toMatchObject({ stage: 'attested', attestedBy: 4 });
    test.clock.nowValueMs += 1_000;
    test.reader.newestCounts.set(test.journal.known.edgeId, 1n);
    await test.follower.look();
    expect((await read(id)).body).toMatchObject({
      stage: 'applied',
      reason: null,
      next: null,
      times: {
        seenMs: 1_700_000_100_000,
        finalMs: 1_700_000_101_000,
        attestedMs: 1_700_000_102_000,
        appliedMs: 1_700_000_103_000,
      },
      blocks: { origin: { chainId: 31, height: '100' }, applied: null },
    });
    test.reader.add(ledger.applied(0, 1));
    await test.follower.advance();
    expect((await read(id)).body).toMatchObject({
      times: { appliedMs: 1_700_000_103_000 },
      blocks: { applied: { chainId: 99, height: String(test.follower.cursor?.height) } },
    });
  });

  it('is found by its transaction, and by its account while it is under way', async () => {
    test.journal.append(testLock(ALICE, 1_000n), testLock(testAccount(2), 5n));
    await test.intake.postEntries(test.journal.posted(ledger.key(0)));
    expect((await read(`/v1/entries/${word(900)}`)).body).toMatchObject({
      txHash: word(900),
      entries: [{ index: '1', stage: 'final' }],
    });
    expect((await read(`/v1/accounts/${ALICE}`)).body).toMatchObject({
      lines: [],
      entries: [{ index: '1', amount: '1000' }],
    });
  });

  const parked: LedgerFact = {
    kind: 'parked',
    source: 1,
    index: 1n,
    account: ALICE,
    vaultAsset: 7,
    amount: 1_000n,
    fee: 0n,
    reason: 'UNLISTED',
  };

  it('says why its credit is parked', async () => {
    ledger.list();
    test.journal.append(testLock(ALICE, 1_000n, 7));
    await ledger.attest();
    test.reader.add(parked, ledger.applied(0, 1));
    await test.follower.advance();
    expect((await read(`/v1/entries/${test.journal.known.edgeId}:1`)).body).toMatchObject({
      stage: 'applied',
      reason: 'the credit is parked: UNLISTED',
      assetId: null,
    });
    expect((await read(`/v1/accounts/${ALICE}`)).body).toMatchObject({
      parked: [{ reason: 'UNLISTED', amount: '1000', index: '1' }],
    });
  });

  it('says from when on a parked credit may be released, and reads that date from the chain once', async () => {
    ledger.list();
    test.journal.append(testLock(ALICE, 1_000n, 1, 3n));
    await ledger.attest();
    test.reader.add({ ...parked, vaultAsset: 1, reason: 'SEASON', fee: 3n }, ledger.applied(0, 1));
    await test.follower.advance();
    test.reader.parkedDates.set(1n, 1_700_003_600n);
    const next = 'anyone calls unpark on the ledger from its date on; its owner may release it then';
    for (let times = 0; times < 3; times++) {
      const { body } = await read(`/v1/accounts/${ALICE}`);
      expect(body).toMatchObject({ parked: [{ reason: 'SEASON', readyAt: '1700003600', next }] });
    }
    expect(test.reader.dateReads).toBe(1);
    const credit = { source: 1, index: '1', account: ALICE, vaultAsset: 1, amount: '1000', fee: '3', reason: 'SEASON' };
    expect((await read('/v1/sources/1/parked')).body).toEqual({ parked: [credit] });
    expect((await read('/v1/sources/1/parked?after=1')).body).toEqual({ parked: [] });
  });

  it('names what its reader holds against an edge, why, and who may act, until that has lapsed', async () => {
    ledger.list();
    const state = { kind: 'source-state', source: 1, state: 'QUARANTINED', until: 1_700_000_900n } as const;
    test.reader.add({ ...state, cause: 'refused entry' });
    await test.follower.advance();
    test.clock.nowValueMs = 1_700_000_000_000;
    const conditions = async (): Promise<unknown[]> => {
      const { edges } = (await read('/v1/edges')).body as unknown as { edges: { condition: unknown }[] };
      return edges.map(({ condition }) => condition);
    };
    expect(await conditions()).toContainEqual({
      state: 'QUARANTINED',
      until: '1700000900',
      reason: expect.stringMatching(/^refused entry: no new entries are taken/),
      next: expect.stringContaining('lapses by itself'),
    });
    test.clock.nowValueMs = 1_700_000_900_000;
    expect(await conditions()).toEqual([null, null]);
    test.reader.add({ ...state, state: 'HALTED', until: 0n, cause: 'halted' });
    await test.follower.advance();
    expect(await conditions()).toContainEqual(expect.objectContaining({ state: 'HALTED', until: '0' }));
  });

  it('says so however many credits of its account are parked', async () => {
    ledger.list();
    test.journal.append(testLock(ALICE, 1_000n, 7));
    await ledger.attest();
    const others = Array.from({ length: 1_000 }, (_, at) => ({ ...parked, source: 0, index: BigInt(at + 1) }));
    test.reader.add(...others, parked, ledger.applied(0, 1));
    await test.follower.advance();
    const { body } = await read(`/v1/entries/${test.journal.known.edgeId}:1`);
    expect(body).toMatchObject({ stage: 'applied', reason: 'the credit is parked: UNLISTED' });
  });
});

describe('an account', () => {
  it('has one margin at three grades with every factor', async () => {
    await ledger.credit();
    const { body } = await read(`/v1/accounts/${ALICE}/margin`);
    expect(body).toMatchObject({
      account: ALICE,
      block: { chainId: 99, height: '12' },
      grades: {
        initial: {
          assetsWad: '854999995725000000000',
          requirementWad: '0',
          freeWad: '854999995725000000000',
          utilisationPpm: '0',
        },
        exit: { assetsWad: '902499995487500000000' },
        maintenance: { assetsWad: '930999995345000000000' },
      },
      status: 0,
      oldestAsOf: '1700000000',
      healthFactorWad: (2n ** 256n - 1n).toString(),
      healthStep: null,
      liquidatable: false,
      mayTakeRisk: true,
      parameters: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      lines: [
        {
          assetId: 4,
          chainId: 31,
          symbol: 'USDC',
          amount: '999999995',
          coverageWad: null,
          amountInitial: '999999995',
          price1e12: '1000000000000',
          priceInitial1e12: '1000000000000',
          priceFrom: 'underlying',
          valueWad: { exit: '902499995487500000000', maintenance: '930999995345000000000' },
          status: 0,
          conditions: [],
          factors: {
            initial: { base: 950_000, source: 900_000, freshness: 1_000_000, size: 1_000_000, vol: 1_000_000 },
            exit: { base: 950_000, source: 950_000 },
            maintenance: { base: 980_000, source: 950_000, freshness: 1_000_000, size: 1_000_000, vol: 1_000_000 },
          },
        },
      ],
      deltas: [
        { underlying: 1, symbols: ['USDC'], deltaWad: '999999995000000000000', valueWad: '999999995000000000000' },
      ],
    });
  });

  it('shows the fees that a relayer earned, in a line that does not count', async () => {
    await ledger.credit();
    expect((await read(`/v1/accounts/${FEE_TO}`)).body).toMatchObject({ lines: [{ amount: '5', enabled: false }] });
    expect((await read(`/v1/accounts/${FEE_TO}/margin`)).body).toMatchObject({
      grades: { initial: { assetsWad: '0' } },
      lines: [],
    });
  });

  it('is empty if nobody ever credited it', async () => {
    await ledger.credit();
    expect((await read(`/v1/accounts/${testAccount(77)}`)).body).toMatchObject({
      lines: [],
      parked: [],
      entries: [],
      sub: '0',
    });
  });
});

describe('the rest of the interface', () => {
  it('lives, and gives metrics as text', async () => {
    expect((await read('/health/live')).body).toEqual({ status: 'ok' });
    const metrics = await test.app.inject({ method: 'GET', url: '/metrics' });
    expect(metrics.headers['content-type']).toContain('text/plain; version=0.0.4');
  });

  it('names each account by its parts', async () => {
    const account = bytes32(`0x${'ab'.repeat(20)}0000${'0'.repeat(19)}7`);
    expect((await read(`/v1/accounts/${account}`)).body).toMatchObject({
      owner: `0x${'ab'.repeat(20)}`,
      home: 0,
      sub: '7',
    });
  });
});

describe('the contracts of a deployment', () => {
  it('are listed by chain and role as configured, without what the configuration lacks', async () => {
    const { chains, settlement, attesters } = parseNetwork(JSON.stringify(exampleNetwork()), 'example');
    await test.close();
    test = await startTestApp({ network: { chains, settlement, attesters } });
    const { contracts } = contractsAnswer.parse((await read('/v1/contracts')).body);
    expect(contracts.find(({ name }) => name === 'ledger')).toMatchObject({
      chainId: settlement?.chainId,
      address: settlement?.ledger.toLowerCase(),
      foreign: false,
    });
    const vaults = chains.flatMap(({ chainId, vault }) => (vault === undefined ? [] : [chainId]));
    expect(contracts.filter(({ name }) => name === 'vault').map(({ chainId }) => chainId)).toEqual(vaults);
    expect(contracts.filter(({ name }) => name.startsWith('token ')).every(({ foreign }) => foreign)).toBe(true);
  });

  it('are none where nothing is configured', async () => {
    expect((await read('/v1/contracts')).body).toEqual({ contracts: [] });
  });
});
