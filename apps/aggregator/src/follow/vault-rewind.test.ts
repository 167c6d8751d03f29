import { type Bytes32, type Entry, bytes32, tokenUnits, txHash } from '@surety/domain';
import type { VaultFact } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestJournal, word } from '../testing/test-attesters.js';
import { ALICE, RECIPIENT, TestLedger } from '../testing/test-ledger.js';

/** Transaction that brought the batch with the forged release. */
const BROUGHT = txHash(word(0xbb));

let test: TestApp;
let ledger: TestLedger;
/** Name of the edge after the rewind to its first entry. */
let next: Bytes32;
/** What the vault replayed: an honest release and a forged one. */
let forged: TestJournal;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
  await ledger.credit();
  await test.vault.open();
  ledger.release(300_000_000n, 7n);
  await test.follower.advance();
  forged = new TestJournal(test.releases.known).append(...test.releases.entries, release(200_000_000n));
  next = forged.nameAfter(1);
  const { releases, vaultReader } = test;
  vaultReader.packedOf = ({ edge, from, to }) => (edge === next ? releases : forged).packed(Number(from), Number(to));
  vaultReader.inputs.set(BROUGHT, { from: 0n, packed: forged.packed() });
  vaultReader.add(queued(1), queued(2), applied(forged, 0, 2));
  await test.vault.advance();
});
afterEach(() => test.close());

const read = async (url: string): Promise<Record<string, unknown>> =>
  (await test.app.inject({ method: 'GET', url })).json<Record<string, unknown>>();
const edge = (): Bytes32 => test.releases.known.edgeId;

function release(amount: bigint): Entry {
  const party = bytes32(`0x${'0'.repeat(24)}${RECIPIENT.slice(2)}`);
  return { kind: 'RELEASE', asset: 1, amount: tokenUnits(amount), account: ALICE, party, fee: tokenUnits(0n) };
}
function queued(seq: number, journal = forged): VaultFact {
  const { amount, account } = journal.entries[seq - 1] ?? { amount: tokenUnits(0n), account: ALICE };
  const terms = { vaultAsset: 1, recipient: RECIPIENT, readyAt: 1_700_000_000n };
  return { kind: 'queued', seq: BigInt(seq), account, amount, ...terms };
}
function applied(journal: TestJournal, from: number, to: number): VaultFact {
  const { count, head } = journal.position(to);
  if (journal !== forged) return { kind: 'applied', edge: next, from: BigInt(from), to: count, head };
  return { kind: 'applied', edge: edge(), from: BigInt(from), to: count, head, txHash: BROUGHT };
}
/** What the vault says while it is rewound to its first release; `becomes` is what became of the second one. */
function rewound(becomes: VaultFact): VaultFact[] {
  return [
    { kind: 'rewinding', edge: edge(), next, ...forged.position(1) },
    becomes,
    { kind: 'unwound', count: 1n },
    { kind: 'edge-opened', edge: next, previous: edge(), generation: 1 },
    { kind: 'edge-state', state: 'LIVE', until: 0n, cause: 'rewound' },
  ];
}
const VOIDED: VaultFact = { kind: 'voided', seq: 2n, due: 200_000_000n };

describe('a vault whose replica is rewound', () => {
  it('replayed what nobody journaled, and shows no payment of it as the ledger’s', async () => {
    expect(test.vault.sums.get(1)).toMatchObject({ owed: 500_000_000n });
    expect((await read(`/v1/edges/${edge()}/payments`))['payments']).toMatchObject([{ seq: '1' }]);
    const { statusCode } = await test.app.inject({ method: 'GET', url: `/v1/entries/${edge()}:2` });
    expect(statusCode).toBe(404);
  });

  it('owes nothing of what lay past the point, and gives its number to the ledger’s next release', async () => {
    test.vaultReader.add(...rewound(VOIDED));
    await test.vault.advance();
    await test.vault.open();
    expect(test.vault.replica).toMatchObject({ edge: edge(), name: next, generation: 1, count: 1n });
    expect(test.vault.sums.get(1)).toMatchObject({ owed: 300_000_000n });
    ledger.release(50_000_000n);
    await test.follower.advance();
    // What was voided is none of this release, whose number it had.
    expect(await read(`/v1/entries/${edge()}:2`)).toMatchObject({ stage: 'final', amount: '50000000', payment: null });
    // The newest block shows its payment: the voided row under that number does not hide it.
    const shown = new Map([[2n, { state: 'QUEUED' as const, readyAt: 1_700_000_000n }]]);
    test.intake.book(edge())?.noteApplied(2n);
    const glanced = vi.spyOn(test.vault.glance, 'payments', 'get').mockReturnValue(shown);
    expect((await read(`/v1/edges/${edge()}/payments`))['payments']).toMatchObject([{ seq: '1' }, { seq: '2' }]);
    glanced.mockRestore();
    test.vaultReader.add(queued(2, test.releases), applied(test.releases, 1, 2));
    await test.vault.advance();
    await test.vault.open();
    expect(await read(`/v1/entries/${edge()}:2`)).toMatchObject({ stage: 'payable', payment: { seq: '2' } });
    expect(test.vault.sums.get(1)).toMatchObject({ owed: 350_000_000n });
    // A payment of before the point is paid as ever.
    test.vaultReader.add({ kind: 'paid', seq: 1n });
    await test.vault.advance();
    expect(test.vault.sums.get(1)).toMatchObject({ owed: 50_000_000n, paid: 300_000_000n });
  });

  it('misses what it paid past the point, until the same release comes and is settled', async () => {
    test.vaultReader.add({ kind: 'paid', seq: 2n });
    test.vaultReader.add(...rewound({ kind: 'paid-past-point', seq: 2n, amount: 200_000_000n }));
    await test.vault.advance();
    expect(test.vault.sums.get(1)).toMatchObject({ owed: 300_000_000n, paid: 0n });
    ledger.release(200_000_000n);
    await test.follower.advance();
    test.vaultReader.add({ kind: 'settled', seq: 2n, amount: 200_000_000n }, applied(test.releases, 1, 2));
    await test.vault.advance();
    expect(test.vault.sums.get(1)).toMatchObject({ owed: 300_000_000n, paid: 200_000_000n });
    expect(await read(`/v1/entries/${edge()}:2`)).toMatchObject({ stage: 'paid' });
  });

  it('takes statements under its next name from then on', async () => {
    const under = (name: Bytes32) => {
      const statement = test.releases.statement(1, { edge: name });
      return test.keys.slice(0, 3).map((key) => test.releases.signed(key, statement));
    };
    const codes = async (name: Bytes32): Promise<unknown> =>
      (await test.intake.postStatements(under(name))).map((one) => ('code' in one ? one.code : one.kind));
    expect(await codes(next)).toEqual(Array(3).fill('UNKNOWN_EDGE'));
    test.vaultReader.add(...rewound(VOIDED));
    await test.vault.advance();
    expect(await codes(edge())).toEqual(Array(3).fill('FORMER_NAME'));
    expect(await codes(next)).toEqual(Array(3).fill('stored'));
  });

  it('has the same state hash when all is rebuilt from nothing', async () => {
    test.vaultReader.add(...rewound(VOIDED));
    await test.vault.advance();
    ledger.release(50_000_000n);
    await test.follower.advance();
    test.vaultReader.add(queued(2, test.releases), applied(test.releases, 1, 2));
    await test.vault.advance();
    const { stateHash } = await read('/v1/status');
    const { reader, vaultReader, releases } = test;
    const rebuilt = await startTestApp({ reader, vaultReader, releases });
    try {
      rebuilt.origin.entries = test.journal.located();
      await rebuilt.follower.advance();
      await rebuilt.vault.open();
      await rebuilt.vault.advance();
      const status = await rebuilt.app.inject({ method: 'GET', url: '/v1/status' });
      expect(status.json().stateHash).toEqual(stateHash);
    } finally {
      await rebuilt.close();
    }
  });
});

describe('the logs of a vault’s rewind', () => {
  it('are refused if no proof shows that the replica was rewound', async () => {
    test.vaultReader.invent = rewound(VOIDED);
    test.vaultReader.tip += 1n;
    await expect(test.vault.advance()).rejects.toMatchObject({ code: 'INCOMPLETE' });
    expect(test.vault.replica).toMatchObject({ edge: edge(), count: 2n });
  });

  it.each(['rewinding', 'unwound', 'edge-opened'])(
    'are asked of another provider if one leaves out %s',
    async (kind) => {
      test.vaultReader.hide = (fact) => fact.kind === kind;
      test.vaultReader.add(...rewound(VOIDED));
      await test.vault.advance();
      expect(test.vault.replica).toMatchObject({ name: next, generation: 1, count: 1n });
    },
  );

  it('are found to lack a void payment by what the vault owes, and asked of another provider next', async () => {
    test.vaultReader.hide = (fact) => fact.kind === 'voided';
    test.vaultReader.add(...rewound(VOIDED));
    await expect(test.vault.advance()).rejects.toMatchObject({ retryable: true });
    await test.vault.advance();
    expect(test.vault.sums.get(1)).toMatchObject({ owed: 300_000_000n });
  });
});
