import type { AccountView } from '@surety/api';
import type { VaultFact } from '@surety/workflows';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RELEASES_PER_ACCOUNT_MAX } from '../limits.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;
beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});
afterEach(() => test.close());

it('shows an account its open releases, however many newer ones are paid', async () => {
  const count = RELEASES_PER_ACCOUNT_MAX + 3;
  await ledger.credit();
  await test.vault.open();
  for (let at = 0; at < count; at++) ledger.release(1_000_000n);
  await test.follower.advance();
  await ledger.attestReleases();
  test.vaultReader.add(...ledger.recorded(0, count));
  const paid = Array.from({ length: count }, (_, at): VaultFact => ({ kind: 'paid', seq: BigInt(at + 1) }));
  // The second one stays open.
  test.vaultReader.add(...paid.filter((_, at) => at !== 1));
  await test.vault.advance();
  const { releases } = (await test.app.inject({ method: 'GET', url: `/v1/accounts/${ALICE}` })).json<AccountView>();
  const shown = releases.map(({ index, stage }) => `${index} ${stage}`);
  expect(shown).toHaveLength(RELEASES_PER_ACCOUNT_MAX);
  expect(shown.slice(0, 2)).toEqual([`${count} paid`, `${count - 1} paid`]);
  expect(shown.at(-1)).toBe('2 payable');
});
