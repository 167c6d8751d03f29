import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { accountId, bytes32, bytesToHex } from '@surety/domain';
import {
  type Devnet,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  devnetAccount,
  lockTokens,
  readLedgerLine,
  waitUntil,
} from '@surety/devnet';
import { PAYMENT_STATES } from '@surety/workflows';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const ALPHA = 901;
const WITHIN_MS = 60_000;
const UNIT = 1_000_000n;
const LOCKED = 900n * UNIT;
/** In a payment's flags: a REFUND of it was journaled. @source VaultTypes.sol */
const REFUNDED = 8;
const DAYS_30_S = 30n * 86_400n;

let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  line = await startLine();
  devnet = line.devnet;
});
afterAll(() => line?.stop());

const surety = (by: 'alice' | 'bob', ...args: readonly string[]): Promise<Answer> =>
  runSurety(args, { ...devnet.environmentOf('operator'), SURETY_KEY: devnetAccount(by).key });

function onAlpha() {
  const planned = devnet.network.plan.vaults.find(({ request }) => Number(request.chainId) === ALPHA);
  const [reader, node] = [devnet.network.readers.get(ALPHA), devnet.network.nodes.get(ALPHA)];
  if (planned === undefined || reader === undefined || node === undefined) throw new TypeError('alpha has a vault');
  return { vault: { address: planned.vault, abi: collateralVaultAbi } as const, reader, node };
}

/** The bytes of a release's entry, as anyone reads them. */
async function packedOf(id: string): Promise<string> {
  const index = BigInt(id.slice(id.indexOf(':') + 1));
  const edge = bytes32(id.slice(0, id.indexOf(':')));
  return bytesToHex(await devnet.aggregator.readEntries(edge, index - 1n, index));
}

test('an owner at home on a collateral chain appoints who may act for it', async () => {
  const refused = await surety('alice', 'appoint', '--chain', 'settlement', '--operator', 'none', '--yes');
  expect([refused.code, refused.refusal?.code]).toEqual([2, 'BAD_USE']);
  const operator = devnetAccount('bob').address;
  const printed = 'npx surety appoint --chain <name> --operator <address> [--sub <n>]';
  const act = fromRunbook('08', printed, { '<name>': 'alpha', '<address>': operator, '[--sub <n>]': '--sub 3' });
  expect((await surety('alice', ...act)).refusal?.code).toBe('DECLINED');
  expect((await surety('alice', ...act, '--dry-run')).output).toMatchObject({ txHash: null, operator });
  expect((await surety('alice', ...act, '--yes')).code).toBe(0);
  const account = accountId({ owner: devnetAccount('alice').address, home: 1, sub: 3n });
  const { ledger } = devnet.network.plan.settlement;
  await waitUntil({
    what: 'the appointment applied at the ledger',
    withinMs: WITHIN_MS,
    probe: async () => {
      const view = {
        address: ledger,
        abi: collateralLedgerAbi,
        functionName: 'appointmentOf',
        args: [account],
      } as const;
      const [named] = (await devnet.network.readers.get(SETTLEMENT_CHAIN_ID)?.readContract(view)) ?? [];
      return named?.toLowerCase() === operator ? true : undefined;
    },
  });
});

test('a payment that its recipient can never receive is given back after 30 days by anybody', async () => {
  const { vault, reader, node } = onAlpha();
  await lockTokens(devnet.network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: LOCKED });
  const aliceLine = { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') };
  await waitUntil({
    what: 'the lock credited',
    withinMs: WITHIN_MS,
    probe: async () => ((await readLedgerLine(devnet.network, aliceLine)) === LOCKED ? true : undefined),
  });
  // A token can never be paid to itself.
  const { token } = await reader.readContract({ ...vault, functionName: 'assetOf', args: [1] });
  const asked = fromRunbook('08', 'npx surety release … --recipient <address>', {
    '…': '--chain alpha --asset USDC --amount 150',
    '<address>': token,
  });
  const { output: released } = await surety('alice', ...asked, '--yes');
  const id = String(released['id']);
  const seq = BigInt(id.slice(id.indexOf(':') + 1));
  const early = await surety('bob', 'claim', id, '--yes');
  expect([early.code, early.refusal?.code]).toEqual([1, 'CLAIM_REFUSED']);
  await waitUntil({
    what: 'the payment claimable',
    withinMs: WITHIN_MS,
    probe: async () => {
      const [entry] = await devnet.aggregator.readEntry(id);
      return entry?.stage === 'claimable' ? true : undefined;
    },
  });

  const name = { '<edge>:<n>': id };
  const tried = await surety('bob', ...fromRunbook('08', 'npx surety claim <edge>:<n> --dry-run', name));
  expect(tried.refusal?.code).toBe('CLAIM_REFUSED');
  const stuck = await surety('bob', 'claim', id, '--yes');
  expect(stuck.refusal).toMatchObject({
    code: 'CLAIM_REFUSED',
    message: expect.stringContaining('TransferFailed') as string,
  });
  const wrong = await surety('bob', 'claim', id, '--packed', `0x${'01'.repeat(95)}`, '--dry-run');
  expect(wrong.refusal?.message).toContain('the vault recorded');
  const soon = await surety('bob', 'give-back', id, '--yes');
  expect(soon.refusal).toMatchObject({
    code: 'GIVE_BACK_REFUSED',
    message: expect.stringContaining('it may be given back from') as string,
  });
  const refund = fromRunbook('06', 'npx surety refund <edge>:<n>', name);
  expect((await surety('bob', ...refund, '--yes')).refusal).toMatchObject({
    code: 'REFUND_REFUSED',
    message: expect.stringContaining('expected STOPPED') as string,
  });

  // A relayer does the same by itself.
  await devnet.running('relayer')?.stop();
  const payment = await reader.readContract({ ...vault, functionName: 'payment', args: [seq] });
  await node.call('evm_setNextBlockTimestamp', [`0x${(BigInt(payment.readyAt) + DAYS_30_S).toString(16)}`]);
  await node.call('evm_mine', []);
  const give = fromRunbook('08', 'npx surety give-back <edge>:<n> --dry-run', name);
  expect((await surety('bob', ...give)).output).toMatchObject({ txHash: null, seq: String(seq) });
  const [, journaled] = await reader.readContract({ ...vault, functionName: 'journalHead' });
  expect(await surety('bob', 'give-back', id, '--yes')).toMatchObject({ code: 0, refusal: undefined });
  const stopped = await reader.readContract({ ...vault, functionName: 'payment', args: [seq] });
  expect([PAYMENT_STATES[stopped.state], stopped.flags]).toEqual(['STOPPED', REFUNDED]);
  const [, after] = await reader.readContract({ ...vault, functionName: 'journalHead' });
  expect(after - journaled).toBe(1n);

  const packed = await packedOf(id);
  const again = await surety('bob', 'refund', id, '--packed', packed, '--yes');
  expect(again.refusal).toMatchObject({
    code: 'REFUND_REFUSED',
    message: expect.stringContaining('RefundTooSoon') as string,
  });
  expect((await surety('bob', 'claim', id, '--packed', packed, '--yes')).refusal?.code).toBe('CLAIM_REFUSED');
});
