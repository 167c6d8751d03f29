import { createHash } from 'node:crypto';
import { type Address, type Bytes32, type Keccak256, address, blockHash, bytes32 } from '@surety/domain';
import {
  type FoldStep,
  type LineFact,
  NO_CHANGES,
  PAYMENT_STATES,
  type PaymentRow,
  type VaultStep,
  noRows,
  stateHash,
} from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Store, openStore } from './open-store.js';
import { type TestDatabase, testDatabases } from './testing/test-databases.js';

const EDGE = bytes32(`0x${'e1'.repeat(32)}`);
const HASH = blockHash(`0x${'bb'.repeat(32)}`);

/** Any hash tells rows apart; this one needs no package. */
const digest: Keccak256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());

function word(n: number | bigint): Bytes32 {
  return bytes32(`0x${n.toString(16).padStart(64, '0')}`);
}

function member(n: number): Address {
  return address(`0x${n.toString(16).padStart(40, '0')}`);
}

function line(account: Bytes32, assetId: number, amount: bigint): LineFact {
  return { account, assetId, amount, unseasoned: 0n, seasonEnd: 0n, enabled: true, scalings: 0 };
}

function step(lines: readonly LineFact[], change: Partial<FoldStep> = {}): FoldStep {
  const cursor = { chainId: 99, height: 7n, hash: HASH, timestamp: 9n, changed: { height: 6n, hash: HASH } };
  return { cursor, ...NO_CHANGES, lines, ...change };
}

function payment(seq: bigint, state: PaymentRow['state'], readyAt: bigint): PaymentRow {
  const entryHash = new Uint8Array(25).fill(Number(BigInt.asUintN(8, seq)));
  const fields = {
    account: word(7),
    vaultAsset: 3,
    amount: 2n ** 104n - 1n,
    reason: 2,
    stopReason: state === 'STOPPED' ? word(5) : null,
  };
  return { edge: EDGE, seq, entryHash, state, readyAt, ...fields, block: { chainId: 31, height: 5n, hash: HASH } };
}

function vaultStep(payments: readonly PaymentRow[], sums: VaultStep['sums']): VaultStep {
  const cursor = { chainId: 31, height: 7n, hash: HASH, timestamp: 9n, changed: { height: 6n, hash: HASH } };
  const ends = { chainId: 31, edge: EDGE, source: 1, originChainId: 99, vault: member(9) };
  return { cursor, replica: { ...ends, count: 4n, head: word(5) }, payments, sums, scalings: [], earlier: [] };
}

async function* pageOf<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}

describe.each(testDatabases())('the folded state on $name', (kind) => {
  let database: TestDatabase;
  let store: Store;

  beforeEach(async () => {
    database = await kind.create();
    store = await openStore(database.url);
  });

  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  it('keeps journals, sums and protocols of the ledger with its step', async () => {
    const journals = [{ edge: EDGE, source: 1, count: 2n ** 63n, head: word(5) }];
    const sums = [{ assetId: 4, lines: 2n ** 112n - 1n, parked: 7n, released: 2n ** 127n, refunded: 2n ** 100n }];
    const [first, second] = [member(1), member(2)];
    const optIns = [second, first].map((protocol) => ({ account: word(7), protocol }));
    for (let times = 0; times < 2; times++) await store.collateral.saveStep(step([], { journals, sums, optIns }));
    expect(await store.collateral.loadJournals()).toEqual(journals);
    expect(await store.collateral.loadSums()).toEqual(sums);
    expect(await store.collateral.loadProtocolsOf(word(7))).toEqual([first, second]);
    await store.collateral.saveStep(step([], { optOuts: [{ account: word(7), protocol: first }] }));
    expect(await store.collateral.loadProtocolsOf(word(7))).toEqual([second]);
  });

  it('keeps refunds, and gives lines and parked credits with every scaling of their asset', async () => {
    const refunds = [{ source: 1, seq: 2n ** 64n + 3n, amount: 9n }];
    const asset = { assetId: 4, source: 1, vaultAsset: 3, underlying: 1, ownPrice: 0, decimals: 6 };
    const credit = { source: 1, account: word(7), vaultAsset: 3, fee: 3n, reason: 'CAP' as const, isSummed: true };
    const parked = [5n, 6n].map((index) => ({ ...credit, index, amount: 101n }));
    const first = { assetId: 4, number: 0, rhoWad: 5n * 10n ** 17n, inboundSeq: 5n };
    await store.collateral.saveStep(step([line(word(7), 4, 101n)], { refunds, assets: [asset], parked }));
    expect((await store.collateral.loadLinesOf(word(7))).map(({ amount }) => amount)).toEqual([101n]);
    await store.collateral.saveStep(step([], { scalings: [first] }));
    expect(await store.collateral.loadScalings()).toEqual([first]);
    expect(await store.collateral.loadLinesOf(word(7))).toMatchObject([{ amount: 50n, scalings: 1 }]);
    expect((await store.collateral.loadLinesAfter(undefined, 9)).map(({ amount }) => amount)).toEqual([50n]);
    const shown = await store.collateral.loadParkedOf(word(7), 9);
    expect(shown.map(({ amount, fee }) => [amount, fee])).toEqual([
      [50n, 1n],
      [101n, 3n],
    ]);
    expect(await store.collateral.loadRefunds(1, [3n, 2n ** 64n + 3n])).toEqual(refunds);
    expect(await store.collateral.loadRefunds(2, [2n ** 64n + 3n])).toEqual([]);
  });

  it('stores a step of a vault as a whole, and finds what is open, ready or past a number', async () => {
    const seqs = [9n, 10n, 2n ** 64n + 1n, 2n ** 95n];
    const rows = seqs.map((seq, at) => payment(seq, PAYMENT_STATES[at] ?? 'VOID', BigInt(at * 10)));
    const sums = [{ edge: EDGE, vaultAsset: 3, owed: 2n ** 127n, paid: 5n, borne: 4n }];
    for (let times = 0; times < 2; times++) await store.payments.saveVaultStep(vaultStep(rows, sums));
    expect(await store.payments.loadPaymentsAfter(EDGE, 0n, 10)).toEqual(rows);
    expect(await store.payments.loadPaymentsAfter(EDGE, 10n, 1)).toEqual([rows[2]]);
    expect(await store.payments.loadPayments(EDGE, [9n, 11n])).toEqual([rows[0]]);
    expect((await store.payments.loadOpenPayments(EDGE, 0n, 10)).map((row) => row.seq)).toEqual([10n, 2n ** 95n]);
    expect(await store.payments.loadOpenPayments(EDGE, 10n, 10)).toEqual([rows[3]]);
    expect(await store.payments.loadReadyPayments(EDGE, { after: 9n, upTo: 10n }, 10)).toEqual([rows[1]]);
    expect(await store.payments.loadReadyPayments(EDGE, { after: 10n, upTo: 99n }, 10)).toEqual([]);
    expect(await store.payments.loadStoppedPayments(EDGE, 0n, 10)).toEqual([]);
    const stopped = payment(11n, 'STOPPED', 0n);
    await store.payments.saveVaultStep(vaultStep([stopped], sums));
    expect(await store.payments.loadStoppedPayments(EDGE, 10n, 10)).toEqual([stopped]);
    expect(await store.payments.loadStoppedPayments(EDGE, 11n, 10)).toEqual([]);
    expect(await store.payments.loadVaultSums(EDGE)).toEqual(sums);
    expect(await store.payments.loadReplicas(31)).toMatchObject([{ count: 4n }]);
    const scalings = [{ edge: EDGE, seq: 2n ** 64n + 9n, vaultAsset: 3, rhoWad: 10n ** 18n - 1n }];
    await store.payments.saveVaultStep({ ...vaultStep([], []), scalings });
    expect(await store.payments.loadVaultScalings(EDGE)).toEqual(scalings);
    const condition = { state: 'QUARANTINED' as const, until: 2n ** 40n - 1n, cause: 'refused entry' };
    const { replica, ...rest } = vaultStep([], []);
    await store.payments.saveVaultStep({ ...rest, replica: { ...replica, condition } });
    expect(await store.payments.loadReplicas(31)).toMatchObject([{ condition }]);
    const crossing = { next: word(6), point: 2n, undone: 2n ** 64n - 1n };
    const next = { ...replica, edge: word(6), generation: 1, count: 0n };
    await store.payments.saveVaultStep({ ...rest, replica: next, earlier: [{ ...replica, crossing }] });
    expect(await store.payments.loadReplicas(31)).toEqual(expect.arrayContaining([{ ...replica, crossing }, next]));
    expect(await store.collateral.loadReplicas(99)).toEqual([]);
    expect((await store.payments.loadCursor(31))?.height).toBe(7n);
  });

  it('gives the same state hash on every database (I11)', async () => {
    const lines = [11, 9, 10].flatMap((n) => [10, 2].map((assetId) => line(word(n), assetId, BigInt(n * assetId))));
    await store.collateral.saveStep(step(lines));
    const rows = [2n ** 64n + 1n, 10n, 9n].map((seq) => payment(seq, 'QUEUED', 5n));
    await store.payments.saveVaultStep(vaultStep(rows, []));
    const hash = await stateHash(
      [
        {
          chainId: 99,
          height: 6n,
          hash: HASH,
          lines: pageOf(await store.collateral.loadLinesAfter(undefined, 10)),
          replicas: [],
          payments: noRows(),
        },
        {
          chainId: 31,
          height: 6n,
          hash: HASH,
          lines: noRows(),
          replicas: await store.payments.loadReplicas(31),
          payments: pageOf(await store.payments.loadPaymentsAfter(EDGE, 0n, 10)),
        },
      ],
      digest,
    );
    expect(hash).toMatchInlineSnapshot(`"0x7fdb69024193c626c08a8b5dd36d915f767ef48ff2c927f04bb171bb3db9be35"`);
  });
});
