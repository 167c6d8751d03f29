import { exampleNetwork, parseNetwork } from '@surety/config';
import { AppError, type Bytes32, address } from '@surety/domain';
import type { LedgerFact } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountViews } from '../accounts/account-views.js';
import { ENTRIES_EXPLAINED_MAX } from '../limits.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testLock, word } from '../testing/test-attesters.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;
let id: string;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
  id = `${test.journal.known.edgeId}:1`;
});
afterEach(() => test.close());

async function explain(wanted: string): Promise<{ status: number; body: Record<string, never> }> {
  const { statusCode, body } = await test.app.inject({
    method: 'GET',
    url: `/v1/explain/${encodeURIComponent(wanted)}`,
  });
  return { status: statusCode, body: JSON.parse(body) as Record<string, never> };
}

async function first(wanted: string): Promise<Record<string, unknown>> {
  const { status, body } = await explain(wanted);
  expect([status, wanted]).toEqual([200, wanted]);
  return (body['explanations'] as unknown as Record<string, unknown>[])[0] ?? {};
}

describe('GET /v1/explain/:id of a lock', () => {
  it('names what it waits for at each stage', async () => {
    ledger.list();
    await test.follower.advance();
    expect(await first(id)).toMatchObject({ subject: 'lock', outcome: 'waiting', cause: { code: 'NOT_SEEN' } });
    test.journal.append(testLock(ALICE, 1_000_000n, 1, 0n));
    await test.intake.postEntries(test.journal.posted(ledger.key(0), { stage: 'seen' }));
    expect(await first(id)).toMatchObject({ cause: { code: 'NOT_FINAL' } });
    await test.intake.postEntries(test.journal.posted(ledger.key(0)));
    await test.intake.postStatements([test.journal.signed(ledger.key(1))]);
    expect(await first(id)).toMatchObject({ cause: { code: 'SIGNATURES_COMING' } });
    test.clock.nowValueMs += 45_000;
    const silent = await first(id);
    expect(silent).toMatchObject({ cause: { code: 'SIGNATURES_MISSING' } });
    expect(String(silent['summary'])).toMatch(/^waiting: 1 of the 3 signatures .* missing: 0x\w{40} was never heard;/);
    await test.intake.postStatements(test.keys.map((one) => test.journal.signed(one)));
    expect(await first(id)).toMatchObject({ cause: { code: 'POST_COMING' } });
    test.clock.nowValueMs += 45_000;
    expect(await first(id)).toMatchObject({
      cause: { code: 'NOT_POSTED' },
      next: { run: 'surety relay --chain chain 31' },
    });
    test.reader.newestCounts.set(test.journal.known.edgeId, 1n);
    await test.follower.look();
    expect(await first(id)).toMatchObject({ outcome: 'waiting', cause: { code: 'NOT_FOLDED' } });
  });

  it('ends counted, by its id and by its transaction, with what its line counts', async () => {
    await ledger.credit();
    const counted = await first(id);
    expect(counted).toMatchObject({ outcome: 'counted', cause: null, next: null });
    expect(Number(counted['countedAt'])).toBeGreaterThan(0);
    expect(BigInt(String(counted['countsWad']))).toBeGreaterThan(0n);
    expect(await first(word(900))).toEqual(counted);
  });

  it.each([
    [1, '1000 USDC'],
    [7, '1000000000 units of USDC'],
  ])('that is parked unlisted says how much of the vault’s asset %i it is, everywhere alike', async (asset, told) => {
    await test.close();
    const { chains } = parseNetwork(JSON.stringify(exampleNetwork()), 'example');
    const own = chains.filter(({ vault }) => vault?.source === 1).map((chain) => ({ ...chain, chainId: 31 }));
    test = await startTestApp({ network: { chains: own } });
    ledger = new TestLedger(test);
    const { known } = test.journal;
    const listing = { kind: 'source-listed', source: 1, edge: known.edgeId } as const;
    const places = { originChainId: 31, vault: known.edge.journal };
    test.reader.add({ ...listing, outboundEdge: test.releases.known.edgeId, ...places });
    test.journal.append(testLock(ALICE, 1_000_000_000n, asset));
    await ledger.attest();
    const credit = { source: 1, index: 1n, account: ALICE, vaultAsset: asset, amount: 1_000_000_000n, fee: 0n };
    test.reader.add({ kind: 'parked', ...credit, reason: 'UNLISTED' }, ledger.applied(0, 1));
    await test.follower.advance();
    for (const wanted of [ALICE, 'parked:1:1', `${known.edgeId}:1`])
      expect(`${wanted} ${JSON.stringify(await first(wanted))}`).toMatch(new RegExp(`[^\\d]${told}`));
  });

  it('is parked with its reason, by itself too', async () => {
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
    ledger.list();
    test.journal.append(testLock(ALICE, 1_000n, 7));
    await ledger.attest();
    test.reader.add(parked, ledger.applied(0, 1));
    await test.follower.advance();
    expect(await first(id)).toMatchObject({ outcome: 'parked', cause: { code: 'ASSET_UNLISTED' }, countsWad: '0' });
    expect(await first('parked:1:1')).toMatchObject({ subject: 'parked', cause: { code: 'ASSET_UNLISTED' } });
    expect(await explain('parked:1:2')).toMatchObject({ status: 404, body: { code: 'NOTHING_TO_EXPLAIN' } });
  });

  it('is behind a chain that cannot be followed, with what its providers said', async () => {
    const condition = { kind: 'failing', code: 'NO_QUORUM', detail: '4 of 4 took too long', sinceMs: 0 } as const;
    test.states.vaults[0]?.set(condition);
    const { cause } = await first(id);
    expect(cause).toMatchObject({ code: 'CHAIN_NOT_FOLLOWED' });
    expect(JSON.stringify(cause)).toContain('NO_QUORUM: 4 of 4 took too long');
  });
});

describe('GET /v1/explain/:id of a transaction with many entries', () => {
  const ENTRIES = ENTRIES_EXPLAINED_MAX + 4;

  /** Locks for these accounts in one transaction, applied and folded. Returns what the views of accounts are asked from then on. */
  async function lock(accounts: readonly Bytes32[]) {
    ledger.list();
    test.journal.append(...accounts.map((account) => testLock(account, 1_000_000n)));
    const batch = test.journal.posted(ledger.key(0));
    const [place] = batch.entries.locations;
    const locations = batch.entries.locations.map((one) => ({ ...one, txHash: place?.txHash ?? one.txHash }));
    await test.intake.postEntries({ ...batch, entries: { ...batch.entries, locations } });
    await test.intake.postStatements(test.keys.map((one) => test.journal.signed(one)));
    test.reader.add({ kind: 'enabled', account: ALICE, assetId: 4, on: true }, ledger.applied(0, accounts.length));
    await test.follower.advance();
    const views = test.app.get(AccountViews, { strict: false });
    const [account, margin] = [views.account.bind(views), views.margin.bind(views)];
    const asked = { accounts: [] as Bytes32[], margins: [] as Bytes32[], atOnce: 0, atOnceMost: 0 };
    views.account = async (one) => {
      asked.accounts.push(one);
      asked.atOnceMost = Math.max(asked.atOnceMost, ++asked.atOnce);
      return account(one).finally(() => --asked.atOnce);
    };
    views.margin = async (one) => {
      asked.margins.push(one);
      return margin(one);
    };
    return asked;
  }

  it('explains the first of them, each account once, and names the others', async () => {
    const asked = await lock(Array.from({ length: ENTRIES }, () => ALICE));
    const { body } = await explain(word(900));
    const explanations = body['explanations'] as unknown as Record<string, unknown>[];
    const edge = test.journal.known.edgeId;
    const names = Array.from({ length: ENTRIES }, (_, at) => `${edge}:${at + 1}`);
    const [explained, left] = [names.slice(0, ENTRIES_EXPLAINED_MAX), names.slice(ENTRIES_EXPLAINED_MAX)];
    expect(explanations.slice(0, -1)).toMatchObject(explained.map((name) => ({ id: name, outcome: 'counted' })));
    expect(explanations.at(-1)).toMatchObject({
      subject: 'lock',
      id: word(900),
      outcome: 'waiting',
      summary: `waiting: 4 more entries of this transaction are left out, from ${edge}:9 to ${edge}:12; ask for one by its name`,
      stages: [{ state: 'ahead', evidence: left.map((said) => expect.objectContaining({ said })) }],
      next: { run: `surety explain ${edge}:9` },
    });
    expect(asked).toMatchObject({ accounts: [ALICE], margins: [ALICE] });
    expect(await first(`${edge}:12`)).toMatchObject({ outcome: 'counted' });
  });

  it('reads their accounts one after another', async () => {
    const accounts = Array.from({ length: ENTRIES }, (_, at) => testAccount(at + 1));
    const asked = await lock(accounts);
    await explain(word(900));
    expect(asked).toMatchObject({ accounts: accounts.slice(0, ENTRIES_EXPLAINED_MAX), atOnceMost: 1 });
  });

  it('leaves none out where all are explained', async () => {
    await lock(Array.from({ length: ENTRIES_EXPLAINED_MAX }, () => ALICE));
    const { body } = await explain(word(900));
    expect(body['explanations']).toHaveLength(ENTRIES_EXPLAINED_MAX);
    expect(body['asked']).toBe(word(900));
  });
});

describe('GET /v1/explain/:id of everything else', () => {
  it('explains an account, its owner, a line, an edge, an attester and an auction', async () => {
    await ledger.credit();
    expect(await first(ALICE)).toMatchObject({ subject: 'account', outcome: 'counted' });
    expect(await first(`0x${ALICE.slice(2, 42)}`)).toMatchObject({ subject: 'account', id: expect.any(String) });
    expect(await first(`line:${ALICE}:4`)).toMatchObject({ subject: 'line', outcome: 'counted' });
    const { status, body } = await explain(`line:${ALICE}:99`);
    expect([status, body['code']]).toEqual([404, 'NOTHING_TO_EXPLAIN']);
    expect(body['detail']).toContain('expected line:<account>:<assetId> of a line that it has: 4');
    expect((await explain(`line:${word(77)}:4`)).body['detail']).toContain('that it has: none');
    expect(await first(test.journal.known.edgeId)).toMatchObject({ subject: 'edge', outcome: 'well' });
    expect(await first(ledger.key(0).address)).toMatchObject({ subject: 'attester' });
    expect(await first(`auction:${ALICE}`)).toMatchObject({ subject: 'auction', cause: { code: 'AUCTION_NONE' } });
  });

  it('says that a line counts nothing for a stale price, with the age and the age allowed', async () => {
    await ledger.credit();
    const { terms } = test.follower.snapshot ?? {};
    const term = terms?.get(4);
    const old = { ...term, prices: term?.prices.map((price) => ({ ...price, observedAt: price.observedAt - 4_000n })) };
    (terms as Map<number, unknown>).set(4, old);
    const { summary, cause } = await first(`line:${ALICE}:4`);
    expect(cause).toMatchObject({ code: 'PRICE_STALE', limiter: 'age of its price' });
    expect(summary).toMatch(
      /^impaired: USDC counts 0 at initial: its price is \d+ (?:min|h) old, older than 60 min allowed/,
    );
  });

  it('says of a price until when auctions wait for its feed, and explains it when the ledger cannot be asked', async () => {
    const { chains, ...rest } = parseNetwork(JSON.stringify(exampleNetwork()), 'example');
    const place = chains.filter(({ vault }) => vault !== undefined).slice(0, 1);
    await test.close();
    test = await startTestApp({ network: { ...rest, chains: place.map((chain) => ({ ...chain, chainId: 31 })) } });
    ledger = new TestLedger(test);
    await ledger.credit();
    const sellsFrom = (test.follower.snapshot?.block.timestamp ?? 0n) + 90n;
    test.asker.feeds.set(1, { feed: address(`0x${'fd'.repeat(20)}`), sellsFrom });
    expect(await first('USDC@31')).toMatchObject({ subject: 'price', cause: { code: 'FEED_TOOK_OVER' } });
    test.clock.nowValueMs += 60_000;
    test.asker.failure = new AppError({ code: 'NO_QUORUM', message: 'away', retryable: true });
    expect(await first('USDC@31')).toMatchObject({ subject: 'price', outcome: 'well' });
  });

  it('says of a transaction that nobody reported who was asked', async () => {
    const { summary } = await first(`0x${'9f'.repeat(32)}`);
    expect(summary).toMatch(/^waiting: aggregator follows/);
  });

  it('refuses what is nothing here, with what it expects', async () => {
    const { status, body } = await explain('doge');
    expect([status, body['code']]).toEqual([404, 'NOTHING_TO_EXPLAIN']);
    expect(String(body['detail'])).toContain('expected a hash, an entry, an account');
    expect((await explain('relayer:0x1')).body['detail']).toContain('surety explain http');
    expect((await explain('DOGE@alpha')).status).toBe(404);
  });
});
