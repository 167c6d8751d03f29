import { ZERO_WORD } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PAYMENTS_PER_READ_MAX, STOPPED_PER_READ_MAX } from '../limits.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
  await ledger.credit();
  await test.vault.open();
});

afterEach(() => test.close());

/** Lets the vault record releases behind what the journal has. */
async function record(releases: number): Promise<void> {
  for (let n = 0; n < releases; n += 1) ledger.release(1_000_000n);
  await test.follower.advance();
  await ledger.attestReleases();
  test.vaultReader.add(...ledger.recorded(0, test.releases.entries.length));
  await test.vault.advance();
}

async function stop(seqs: readonly bigint[]): Promise<void> {
  test.vaultReader.add(...seqs.map((seq) => ({ kind: 'stopped' as const, seq, reason: ZERO_WORD })));
  await test.vault.advance();
}

/** Numbers on a page as it is served. */
async function page(list: 'payments' | 'stopped', after = 0n): Promise<readonly bigint[]> {
  const url = `/v1/edges/${test.releases.known.edgeId}/payments?after=${after}`;
  const answer = (await test.app.inject({ method: 'GET', url })).json<Record<string, readonly { seq: string }[]>>();
  return (answer[list] ?? []).map(({ seq }) => BigInt(seq));
}

function upTo(from: number, to: number): readonly bigint[] {
  return Array.from({ length: to - from + 1 }, (_, at) => BigInt(from + at));
}

describe('a page is full or the last one, since its reader takes a short one for the end', () => {
  it('of stopped releases, behind a stopped loss', async () => {
    const all = upTo(2, STOPPED_PER_READ_MAX + 3);
    await ledger.lose(1_000n);
    await record(all.length);
    await stop([1n, ...all]);
    const first = await page('stopped');
    expect(first).toEqual(all.slice(0, STOPPED_PER_READ_MAX));
    expect(await page('stopped', first.at(-1))).toEqual(all.slice(STOPPED_PER_READ_MAX));
  });

  it('of stopped releases, where the entry of one is not held', async () => {
    const all = upTo(1, STOPPED_PER_READ_MAX + 2);
    await record(all.length);
    await stop(all);
    const { intake } = test.store;
    const load = intake.loadEntriesAt.bind(intake);
    vi.spyOn(intake, 'loadEntriesAt').mockImplementation(async (edge, indexes) =>
      (await load(edge, indexes)).filter(({ index }) => index !== 1n),
    );
    expect(await page('stopped')).toEqual(all.slice(1, STOPPED_PER_READ_MAX + 1));
  });

  it('of open payments, where one is stopped in a block that is not final', async () => {
    const all = upTo(1, PAYMENTS_PER_READ_MAX + 2);
    await record(all.length);
    const facts = [{ kind: 'stopped' as const, seq: 2n, reason: ZERO_WORD }];
    test.vaultReader.newest = { count: BigInt(all.length), facts };
    await test.vault.look();
    const shown = all.filter((seq) => seq !== 2n);
    expect(await page('payments')).toEqual(shown.slice(0, PAYMENTS_PER_READ_MAX));
    expect(await page('payments', shown[PAYMENTS_PER_READ_MAX - 1])).toEqual(shown.slice(PAYMENTS_PER_READ_MAX));
  });
});

describe('a request reads a bounded number of rows, and says where to read on', () => {
  /** Lets one entry stand behind many rows whose entries are not held, and counts how often rows are loaded. */
  async function hideBefore(seq: bigint, list: 'loadOpenPayments' | 'loadStoppedPayments'): Promise<() => number> {
    await record(1);
    if (list === 'loadStoppedPayments') await stop([1n]);
    const { intake, payments } = test.store;
    const [row] = await payments.loadPayments(test.releases.known.edgeId, [1n]);
    const [entry] = await intake.loadEntriesAt(test.releases.known.edgeId, [1n]);
    test.intake.book(test.releases.known.edgeId)?.noteApplied(seq);
    if (row === undefined || entry === undefined) throw new Error('the release is not recorded; expected its rows');
    vi.spyOn(intake, 'loadEntriesAt').mockImplementation(async (_edge, indexes) =>
      indexes.includes(seq) ? [{ ...entry, index: seq }] : [],
    );
    const loads = vi.spyOn(payments, list).mockImplementation(async (_edge, after, limit) => {
      const past = upTo(Number(after) + 1, Number(after) + limit);
      return past.filter((one) => one <= seq).map((one) => ({ ...row, seq: one }));
    });
    return () => loads.mock.calls.length;
  }

  async function read(after: string): Promise<unknown> {
    const url = `/v1/edges/${test.releases.known.edgeId}/payments?after=${after}`;
    return (await test.app.inject({ method: 'GET', url })).json();
  }

  it('of open payments', async () => {
    const loads = await hideBefore(5_000n, 'loadOpenPayments');
    expect(await read('0')).toEqual({ payments: [], next: '4096', stopped: [] });
    expect(loads()).toBe(16);
    expect(await read('4096')).toMatchObject({ payments: [{ seq: '5000' }] });
    expect(await read('4096')).not.toHaveProperty('next');
  });

  it('of stopped releases', async () => {
    const loads = await hideBefore(1_100n, 'loadStoppedPayments');
    expect(await read('0')).toEqual({ payments: [], stopped: [], nextStopped: '1024' });
    expect(loads()).toBe(16);
    expect(await read('1024')).toMatchObject({ stopped: [{ seq: '1100' }] });
    expect(await read('1024')).not.toHaveProperty('nextStopped');
  });
});
