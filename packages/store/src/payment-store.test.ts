import { createHash } from 'node:crypto';
import { type Keccak256 } from '@surety/domain';
import { type OrphanRow, PAYMENT_STATES, type PaymentRow, type VaultStep, noRows, stateHash } from '@surety/workflows';
import { expect, it } from 'vitest';
import { onEachDatabase } from './testing/on-each-database.js';
import { EDGE, HASH, word, member, line, step } from './testing/store-facts.js';

/** Any hash distinguishes rows; this one needs no dependency. */
const digest: Keccak256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());

function payment(seq: bigint, state: PaymentRow['state'], readyAt: bigint): PaymentRow {
  const entryHash = new Uint8Array(25).fill(Number(BigInt.asUintN(8, seq)));
  const fields = {
    account: word(7),
    vaultAsset: 3,
    isLoss: seq === 10n,
    amount: 2n ** 104n - 1n,
    borne: 2n ** 103n,
    reason: 2,
    stopReason: state === 'STOPPED' ? word(5) : null,
  };
  return { edge: EDGE, seq, entryHash, state, readyAt, ...fields, block: { chainId: 31, height: 5n, hash: HASH } };
}

function vaultStep(payments: readonly PaymentRow[], sums: VaultStep['sums']): VaultStep {
  const cursor = { chainId: 31, height: 7n, hash: HASH, timestamp: 9n, changed: { height: 6n, hash: HASH } };
  const ends = { chainId: 31, edge: EDGE, source: 1, originChainId: 99, vault: member(9) };
  return { cursor, replica: { ...ends, count: 4n, head: word(5) }, payments, sums };
}

async function* pageOf<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}

onEachDatabase('the folded state', (opened) => {
  it('stores journals, sums and protocols of the ledger with its step', async () => {
    const journals = [{ edge: EDGE, source: 1, count: 2n ** 63n, head: word(5) }];
    const sums = [{ assetId: 4, lines: 2n ** 112n - 1n, parked: 7n, released: 2n ** 127n, refunded: 2n ** 100n }];
    const [first, second] = [member(1), member(2)];
    const optIns = [second, first].map((protocol) => ({ account: word(7), protocol }));
    for (let times = 0; times < 2; times++)
      await opened.store.collateral.saveStep(step([], { journals, sums, optIns }));
    expect(await opened.store.collateral.loadJournals()).toEqual(journals);
    expect(await opened.store.collateral.loadSums()).toEqual(sums);
    expect(await opened.store.collateral.loadProtocolsOf(word(7))).toEqual([first, second]);
    await opened.store.collateral.saveStep(step([], { optOuts: [{ account: word(7), protocol: first }] }));
    expect(await opened.store.collateral.loadProtocolsOf(word(7))).toEqual([second]);
  });

  it('keeps refunds and parked credits', async () => {
    const refunds = [{ source: 1, seq: 2n ** 64n + 3n, vaultAsset: 7, amount: 9n }];
    const credit = { source: 1, account: word(7), vaultAsset: 3, fee: 3n, reason: 'CAP' as const, isSummed: true };
    const parked = [5n, 6n].map((index) => ({ ...credit, index, amount: 101n }));
    await opened.store.collateral.saveStep(step([], { refunds, parked }));
    expect(await opened.store.collateral.loadParkedOf(word(7), 9)).toEqual(parked);
    expect(await opened.store.collateral.loadParkedAfter(1, 5n, 9)).toEqual([parked[1]]);
    expect(await opened.store.collateral.loadRefunds(1, [3n, 2n ** 64n + 3n])).toEqual(refunds);
    expect(await opened.store.collateral.loadRefunds(2, [2n ** 64n + 3n])).toEqual([]);
    await opened.store.collateral.saveStep(step([], { undone: [{ source: 1, seq: 2n ** 64n + 3n }] }));
    expect(await opened.store.collateral.loadRefunds(1, [2n ** 64n + 3n])).toEqual([]);
  });

  it('stores one coverage per asset of a vault, with the largest figures, and replaces it', async () => {
    const none = { orphaned: 0n, missing: 0n, found: 0n };
    const whole = {
      inForceWad: 10n ** 18n,
      reportedWad: 10n ** 18n,
      impairedSince: 0n,
      saidSeq: 0n,
      lostSeq: 0n,
      ...none,
    };
    const units = { orphaned: 2n ** 104n - 1n, missing: 2n ** 104n - 2n, found: 2n ** 104n - 3n };
    const largest = { impairedSince: 2n ** 40n - 1n, saidSeq: 2n ** 96n - 1n, lostSeq: 2n ** 96n - 1n, ...units };
    const short = { source: 2, vaultAsset: 10, inForceWad: 0n, reportedWad: 1n, ...largest };
    const [other, third] = [
      { ...short, vaultAsset: 9 },
      { ...short, source: 1, vaultAsset: 11 },
    ];
    await opened.store.collateral.saveStep(step([line(word(7), 4, 101n)], { coverages: [short, other, third] }));
    expect(await opened.store.collateral.loadCoverages()).toEqual([third, other, short]);
    await opened.store.collateral.saveStep(step([], { coverages: [{ ...short, ...whole }] }));
    expect(await opened.store.collateral.loadCoverages()).toEqual([third, other, { ...short, ...whole }]);
    expect(await opened.store.collateral.loadLinesOf(word(7))).toMatchObject([{ amount: 101n }]);
  });

  it('stores a step of a vault atomically, and finds open, ready and later payments', async () => {
    const seqs = [9n, 10n, 2n ** 64n + 1n, 2n ** 95n];
    const rows = seqs.map((seq, at) => payment(seq, PAYMENT_STATES[at] ?? 'VOID', BigInt(at * 10)));
    const reported = { coverageWad: 10n ** 18n, shortSince: 2n ** 32n - 1n, reportedAt: 9n };
    const sums = [{ edge: EDGE, vaultAsset: 3, owed: 2n ** 127n, paid: 5n, ...reported }];
    for (let times = 0; times < 2; times++) await opened.store.payments.saveVaultStep(vaultStep(rows, sums));
    expect(await opened.store.payments.loadPaymentsAfter(EDGE, 0n, 10)).toEqual(rows);
    expect(await opened.store.payments.loadPaymentsAfter(EDGE, 10n, 1)).toEqual([rows[2]]);
    expect(await opened.store.payments.loadPayments(EDGE, [9n, 11n])).toEqual([rows[0]]);
    expect((await opened.store.payments.loadOpenPayments(EDGE, 0n, 10)).map((row) => row.seq)).toEqual([
      10n,
      2n ** 95n,
    ]);
    expect(await opened.store.payments.loadOpenPayments(EDGE, 10n, 10)).toEqual([rows[3]]);
    expect(await opened.store.payments.loadReadyPayments(EDGE, { after: 9n, upTo: 10n }, 10)).toEqual([rows[1]]);
    expect(await opened.store.payments.loadReadyPayments(EDGE, { after: 10n, upTo: 99n }, 10)).toEqual([]);
    expect(await opened.store.payments.loadStoppedPayments(EDGE, 0n, 10)).toEqual([]);
    const stopped = payment(11n, 'STOPPED', 0n);
    await opened.store.payments.saveVaultStep(vaultStep([stopped], sums));
    expect(await opened.store.payments.loadStoppedPayments(EDGE, 10n, 10)).toEqual([stopped]);
    // A stopped loss takes no release's place on a page.
    await opened.store.payments.saveVaultStep(vaultStep([payment(10n, 'STOPPED', 0n)], sums));
    expect(await opened.store.payments.loadStoppedPayments(EDGE, 0n, 1)).toEqual([stopped]);
    expect(await opened.store.payments.loadStoppedPayments(EDGE, 11n, 10)).toEqual([]);
    const unpaid = await opened.store.payments.loadUnpaidOfAccount({ account: word(7), edge: EDGE, limit: 3 });
    // Number 10 is a loss, and no release of its account.
    expect(unpaid.map(({ seq, state }) => `${seq} ${state}`)).toEqual([`${2n ** 95n} CLAIMABLE`, '11 STOPPED']);
    expect(await opened.store.payments.loadUnpaidOfAccount({ account: word(8), edge: EDGE, limit: 3 })).toEqual([]);
    expect(await opened.store.payments.loadVaultSums(EDGE)).toEqual(sums);
    expect(await opened.store.payments.loadReplicas(31)).toMatchObject([{ count: 4n }]);
    const condition = { state: 'QUARANTINED' as const, until: 2n ** 40n - 1n, cause: 'refused entry' };
    const { replica, ...rest } = vaultStep([], []);
    await opened.store.payments.saveVaultStep({ ...rest, replica: { ...replica, condition } });
    expect(await opened.store.payments.loadReplicas(31)).toMatchObject([{ condition }]);
    const point = { count: 2n, head: word(8) };
    const rewound = {
      ...replica,
      generation: 1,
      name: word(6),
      rewind: { next: word(7), point, count: 2n ** 64n - 1n },
    };
    for (const stands of [rewound, { ...replica, generation: 2, name: word(7), ...point }]) {
      await opened.store.payments.saveVaultStep({ ...rest, replica: stands });
      expect(await opened.store.payments.loadReplicas(31)).toEqual([stands]);
    }
    expect(await opened.store.collateral.loadReplicas(99)).toEqual([]);
    expect((await opened.store.payments.loadCursor(31, EDGE))?.height).toBe(7n);
    // The ledger on the same chain has a cursor of its own.
    expect(await opened.store.collateral.loadCursor(31)).toBeUndefined();
  });

  it('keeps orphans of the same bytes together until none is left and nothing of them was spent', async () => {
    const { collateral } = opened.store;
    const orphan = (n: number, count: number, spent = 0n, source = 1): OrphanRow => {
      return { source, entryHash: word(n), vaultAsset: 3, packed: new Uint8Array(95).fill(n), count, spent };
    };
    const rows = [orphan(3, 2), orphan(1, 0, 2n ** 104n - 1n), orphan(2, 1), orphan(4, 1, 0n, 2)];
    for (let times = 0; times < 2; times++) await collateral.saveStep(step([], { orphans: rows }));
    expect(await collateral.loadOrphans(1, [word(1), word(4), word(3)])).toEqual([
      orphan(1, 0, 2n ** 104n - 1n),
      orphan(3, 2),
    ]);
    expect(await collateral.loadOrphansAfter(1, undefined, 9)).toEqual([orphan(2, 1), orphan(3, 2)]);
    expect(await collateral.loadOrphansAfter(1, undefined, 1)).toEqual([orphan(2, 1)]);
    expect(await collateral.loadOrphansAfter(1, word(2), 9)).toEqual([orphan(3, 2)]);
    await collateral.saveStep(step([], { orphans: [orphan(1, 0), orphan(2, 0), orphan(3, 1)] }));
    expect(await collateral.loadOrphans(1, [word(1), word(2), word(3)])).toEqual([orphan(3, 1)]);
  });

  it('computes the same state hash on every database (I11)', async () => {
    const lines = [11, 9, 10].flatMap((n) => [10, 2].map((assetId) => line(word(n), assetId, BigInt(n * assetId))));
    const open = { orphaned: 7n, missing: 0n, found: 0n };
    const short = { inForceWad: 10n ** 18n, reportedWad: 0n, impairedSince: 5n, saidSeq: 1n, lostSeq: 0n, ...open };
    const coverages = [10, 2].map((vaultAsset) => ({ source: 1, vaultAsset, ...short }));
    await opened.store.collateral.saveStep(step(lines, { coverages }));
    const rows = [2n ** 64n + 1n, 10n, 9n].map((seq) => payment(seq, 'QUEUED', 5n));
    await opened.store.payments.saveVaultStep(vaultStep(rows, []));
    const hash = await stateHash(
      [
        {
          chainId: 99,
          height: 6n,
          hash: HASH,
          lines: pageOf(await opened.store.collateral.loadLinesAfter(undefined, 10)),
          replicas: [],
          coverages: await opened.store.collateral.loadCoverages(),
          payments: noRows(),
        },
        {
          chainId: 31,
          height: 6n,
          hash: HASH,
          lines: noRows(),
          replicas: await opened.store.payments.loadReplicas(31),
          coverages: [],
          payments: pageOf(await opened.store.payments.loadPaymentsAfter(EDGE, 0n, 10)),
        },
      ],
      digest,
    );
    expect(hash).toMatchInlineSnapshot(`"0xe6a359e016ad36de0f6727fdeb70c4b8f03276069edbeecb6c7efb96b5a34bf1"`);
  });
});
