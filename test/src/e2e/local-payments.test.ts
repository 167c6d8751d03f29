import { collateralLedgerAbi, collateralVaultAbi, developmentTokenAbi } from '@surety/contracts';
import {
  type AccountName,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  connectWallet,
  devnetAccount,
  marketOf,
  plannedOf,
  waitUntil,
} from '@surety/devnet';
import type { Address } from '@surety/domain';
import { PAYMENT_STATES } from '@surety/workflows';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const HOME = SETTLEMENT_CHAIN_ID;
const WITHIN_MS = 60_000;
const ONE = 1_000_000n;
const LOCKED = 1_000n * ONE;
/** Of 2,000 USDS a day, 10 leave at once, and up to 100 after half an hour. */
const LIMIT_THOUSANDTHS = 2_000_000n;
const DAYS_30_S = 30n * 86_400n;
/** In a payment's flags: a REFUND of it was journaled. @source VaultTypes.sol */
const REFUNDED = 8;
let line: Line;
let stoppedId = '';

// Nobody signs anything here: no attester runs, and no relayer.
beforeAll(async () => {
  line = await startLine({ localVault: true, watchers: 0, relayers: 0 });
  const { min, cap } = await reader().readContract({ ...vault(), functionName: 'assetOf', args: [1] });
  await send('governor', { ...vault(), functionName: 'setLimits', args: [1, min, cap, LIMIT_THOUSANDTHS] });
  const minted = [devnetAccount('alice').address, LOCKED];
  await send('alice', { address: token(), abi: developmentTokenAbi, functionName: 'mint', args: minted });
  const { refusal } = await surety('alice', 'lock', ...of('1000'));
  if (refusal !== undefined) throw new Error(`the lock was refused: ${refusal.message}`);
  await waitUntil({
    what: 'the line of alice seasoned',
    withinMs: WITHIN_MS,
    probe: async () => {
      const [{ seasonEnd }, { timestamp }] = await Promise.all([lineOfAlice(), reader().getBlock()]);
      return timestamp >= BigInt(seasonEnd) ? true : undefined;
    },
  });
});
afterAll(() => line?.stop());

const network = (): Line['devnet']['network'] => line.devnet.network;
const reader = (): PublicClient => network().readers.get(HOME) as PublicClient;
const vault = () => ({ address: plannedOf(network(), HOME).vault, abi: collateralVaultAbi }) as const;
const token = (): Address => marketOf(network()).token;

const surety = (by: AccountName, ...args: string[]): Promise<Answer> =>
  runSurety(args, { ...line.devnet.environmentOf('operator'), SURETY_KEY: devnetAccount(by).key });
const of = (amount: string): string[] => ['--chain', 'settlement', '--asset', 'USDS', '--amount', amount, '--yes'];

async function send(
  by: AccountName,
  call: { address: Address; abi: readonly unknown[]; functionName: string; args: readonly unknown[] },
): Promise<void> {
  const wallet = connectWallet(network().nodes.get(HOME)?.url ?? '', HOME, by);
  const hash = await wallet.writeContract(call);
  const { status } = await reader().waitForTransactionReceipt({ hash });
  if (status !== 'success') throw new Error(`${call.functionName} in ${hash} was ${status}; expected success`);
}

async function paymentOf(id: string): Promise<{ state: string | undefined; isRefunded: boolean; readyAt: bigint }> {
  const args = [BigInt(id.slice(id.indexOf(':') + 1))] as const;
  const { state, flags, readyAt } = await reader().readContract({ ...vault(), functionName: 'payment', args });
  return { state: PAYMENT_STATES[state], isRefunded: (flags & REFUNDED) !== 0, readyAt: BigInt(readyAt) };
}

async function lineOfAlice(): Promise<{ amount: bigint; seasonEnd: number }> {
  const { ledger } = network().plan.settlement;
  const args = [accountOf('alice'), plannedOf(network(), HOME).assetIds[0] ?? 0] as const;
  const contract = { address: ledger, abi: collateralLedgerAbi, functionName: 'lineOf', args } as const;
  return reader().readContract(contract);
}

/** Releases of alice's line, and waits until the aggregator lists what the vault made of it. */
async function released(amount: string, stage: string, ...more: string[]): Promise<string> {
  const answer = await surety('alice', 'release', ...of(amount), ...more);
  expect(answer.refusal).toBeUndefined();
  const id = String(answer.output['id']);
  await waitUntil({
    what: `${id} is ${stage}`,
    withinMs: WITHIN_MS,
    probe: async () => ((await line.devnet.aggregator.readEntry(id))[0]?.stage === stage ? true : undefined),
  });
  return id;
}

test('a payment of the ledger’s own vault is stopped by the guardian, and its refund is credited by anybody', async () => {
  const id = await released('60', 'recorded');
  stoppedId = id;
  expect((await lineOfAlice()).amount).toBe(LOCKED - 60n * ONE);
  for (const command of ['claim', 'give-back', 'refund']) {
    const early = await surety('bob', command, id, '--yes');
    expect(early).toMatchObject({ code: 1, refusal: { message: expect.stringContaining(`${id} is QUEUED on`) } });
  }
  expect((await surety('bob', 'claim', id, '--yes')).refusal?.message).toContain('surety deliver pays it');
  const forged = await surety('guardian', 'stop', id, '--reason', 'x', '--packed', `0x${'01'.repeat(95)}`, '--dry-run');
  expect(forged.refusal).toMatchObject({ code: 'ACT_REFUSED', message: expect.stringContaining('the vault recorded') });

  const stopped = await surety('guardian', 'stop', id, '--reason', 'a stolen key', '--yes');
  expect([stopped.code, stopped.refusal]).toEqual([0, undefined]);
  expect(stopped.told).toContain('the ledger recorded this release; stopped, it comes back to the account');
  // The ledger's journal is read as it is, so the refund waits for no witness.
  expect(await paymentOf(id)).toMatchObject({ state: 'STOPPED', isRefunded: true });
  expect((await surety('bob', 'credit', '--yes')).output).toMatchObject({ credited: '1' });
  expect((await lineOfAlice()).amount).toBe(LOCKED);

  await waitUntil({
    what: `${id} is listed as stopped`,
    withinMs: WITHIN_MS,
    probe: async () => {
      const edge = plannedOf(network(), HOME).returnEdgeId;
      return (await line.devnet.aggregator.readStopped(edge, 0n)).length === 1 ? true : undefined;
    },
  });
  const again = await surety('bob', 'refund', id, '--yes');
  expect(again.refusal).toMatchObject({
    code: 'REFUND_REFUSED',
    message: expect.stringContaining('RefundTooSoon'),
  });
});

test('one that its recipient cannot take is found to be claimed, and given back after 30 days', async () => {
  // A token can never be paid to itself.
  const id = await released('5', 'claimable', '--recipient', token());
  const claimed = await surety('bob', 'claim', id, '--yes');
  expect(claimed.refusal).toMatchObject({
    code: 'CLAIM_REFUSED',
    message: expect.stringContaining('TransferFailed'),
  });
  const soon = await surety('bob', 'give-back', id, '--yes');
  expect(soon.refusal).toMatchObject({
    code: 'GIVE_BACK_REFUSED',
    message: expect.stringContaining('it may be given back from'),
  });
  const { readyAt } = await paymentOf(id);
  const node = network().nodes.get(HOME);
  await node?.call('evm_setNextBlockTimestamp', [`0x${(readyAt + DAYS_30_S).toString(16)}`]);
  await node?.call('evm_mine', []);
  expect(await surety('bob', 'give-back', id, '--dry-run')).toMatchObject({ code: 0, output: { txHash: null } });
  expect((await paymentOf(id)).state).toBe('CLAIMABLE');
  expect(await surety('bob', 'give-back', id, '--yes')).toMatchObject({ code: 0, refusal: undefined });
  expect(await paymentOf(id)).toMatchObject({ state: 'STOPPED', isRefunded: true });
  const before = (await lineOfAlice()).amount;
  expect((await surety('bob', 'credit', '--yes')).output).toMatchObject({ credited: '1' });
  expect((await lineOfAlice()).amount).toBe(before + 5n * ONE);

  // By now the other one may be journaled again; the ledger takes it once.
  expect(await surety('bob', 'refund', stoppedId, '--yes')).toMatchObject({ code: 0, refusal: undefined });
  expect((await surety('bob', 'credit', '--yes')).output).toMatchObject({ credited: '1' });
  expect((await lineOfAlice()).amount).toBe(before + 5n * ONE);
});

test('one that was paid, one that never was, and an edge that nobody knows are told apart', async () => {
  const id = await released('2', 'paid');
  const edge = id.slice(0, id.indexOf(':'));
  expect((await surety('bob', 'claim', id, '--yes')).refusal?.message).toContain('is PAID on settlement');
  const never = await surety('bob', 'refund', `${edge}:99`, '--yes');
  expect(never.refusal?.message).toContain('and the ledger never made it');
  const unknown = await surety('bob', 'claim', `0x${'ab'.repeat(32)}:1`, '--yes');
  expect([unknown.code, unknown.refusal?.code]).toEqual([2, 'BAD_USE']);
});
