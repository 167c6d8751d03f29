import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@surety/domain';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestJournal, testAccount, testLock } from '../testing/test-attesters.js';
import { TestLedger } from '../testing/test-ledger.js';

let folder: string;
let test: TestApp;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-late-vault-'));
});

afterEach(async () => {
  await test.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts on the one database, beside the chains that an earlier start wrote. */
async function start(vaultLeftOut: boolean, before?: TestApp): Promise<TestLedger> {
  await before?.close();
  const chains = before && { reader: before.reader, releases: before.releases, vaultReader: before.vaultReader };
  test = await startTestApp({ databaseUrl: `sqlite:${join(folder, 'store.sqlite')}`, vaultLeftOut, ...chains });
  if (!vaultLeftOut) await test.vault.open();
  return new TestLedger(test);
}

/** Lets the ledger book releases, each in a block of its own that the fold takes. */
async function release(ledger: TestLedger, ...amounts: bigint[]): Promise<void> {
  for (const amount of amounts) {
    ledger.release(amount);
    await test.follower.advance();
  }
}

async function stateHashOf({ app }: TestApp): Promise<string> {
  const response = await app.inject({ method: 'GET', url: '/v1/status' });
  return response.json<{ stateHash: { hash: string } }>().stateHash.hash;
}

/** Returns the state hash of an aggregator that folds the same chains from nothing, with the vault configured. */
async function rebuiltHash(journal: TestJournal): Promise<string> {
  const { reader, releases, vaultReader, keys } = test;
  const rebuilt = await startTestApp({ reader, releases, vaultReader });
  await rebuilt.vault.open();
  for (const key of keys.slice(0, 1)) await rebuilt.intake.postEntries(journal.posted(key));
  await rebuilt.follower.advance();
  await rebuilt.vault.advance();
  const hash = await stateHashOf(rebuilt);
  await rebuilt.close();
  return hash;
}

/** Returns what relayers are given of the journal toward the vault. */
async function served(): Promise<unknown> {
  const { edgeId } = test.releases.known;
  const to = test.releases.entries.length;
  const response = await test.app.inject({ method: 'GET', url: `/v1/edges/${edgeId}/entries?from=0&to=${to}` });
  const { code, packed } = response.json<{ code?: string; packed?: string }>();
  return code ?? packed;
}

function position(): unknown {
  return test.intake.book(test.releases.known.edgeId)?.position;
}

it('serves releases that were folded before their vault was configured', async () => {
  const early = await start(true);
  const { journal } = test;
  await early.credit();
  await release(early, 300_000_000n);
  const ledger = await start(false, test);
  await release(ledger, 200_000_000n);
  await ledger.attestReleases();
  expect(await served()).toBe('NOT_ATTESTED');
  await test.refill.advance();
  expect(await served()).toBe(bytesToHex(test.releases.packed()));
  expect(position()).toEqual(test.releases.position());
  test.vaultReader.add(...ledger.recorded(0, 2));
  await test.vault.advance();
  expect(test.vault.replica.count).toBe(2n);
  expect(await stateHashOf(test)).toBe(await rebuiltHash(journal));
});

it('serves releases that were folded while their vault was taken out of the configuration', async () => {
  const first = await start(false);
  await first.credit();
  await release(first, 1_000_000n);
  await release(await start(true, test), 2_000_000n);
  const ledger = await start(false, test);
  await test.refill.advance();
  await release(ledger, 3_000_000n);
  await ledger.attestReleases();
  expect(await served()).toBe(bytesToHex(test.releases.packed()));
  expect(position()).toEqual(test.releases.position());
});

it('names the runbook, and each later release, while the chain does not prove the missing ones', async () => {
  const early = await start(true);
  await early.credit();
  await release(early, 1_000_000n);
  const ledger = await start(false, test);
  const honest = test.ledgerJournal.read;
  const forged = new TestJournal(test.releases.known).append(testLock(testAccount(9), 7n));
  for (const read of [() => undefined, () => forged.located(), () => test.releases.located(1)]) {
    test.ledgerJournal.read = read;
    await expect(test.refill.advance()).rejects.toThrow(/entries 1 to 1 of 0x.*runbook 14/);
  }
  await release(ledger, 2_000_000n);
  const told = test.events.filter(({ level }) => level === 'warn').map(({ name }) => name);
  expect(told).toEqual(['releases-lacking', 'journal-run-apart']);
  test.ledgerJournal.read = honest;
  await test.refill.advance();
  expect(position()).toEqual(test.releases.position());
});

it('reads nothing again where no release is missing', async () => {
  const ledger = await start(false);
  await ledger.credit();
  await release(ledger, 1_000_000n);
  let reads = 0;
  test.ledgerJournal.read = () => void (reads += 1);
  await test.refill.advance();
  expect(reads).toBe(0);
});
