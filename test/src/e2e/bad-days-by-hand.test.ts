import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { accountId } from '@surety/domain';
import {
  type Devnet,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  devnetAccount,
  lock,
  readLine,
  readTokenBalance,
  waitUntil,
} from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const ALPHA = 901;
const WITHIN_MS = 60_000;
const UNIT = 1_000_000n;
const LOCKED = 900n * UNIT;
const RELEASED = 150n * UNIT;
const DAYS_30_S = 30n * 86_400n;

let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  line = await startLine();
  devnet = line.devnet;
});
afterAll(() => line?.stop());

const surety = (by: 'alice' | 'bob', ...args: string[]): Promise<Answer> =>
  runSurety(args, { ...devnet.environmentOf('operator'), SURETY_KEY: devnetAccount(by).key });

function onAlpha() {
  const planned = devnet.network.plan.vaults.find(({ request }) => Number(request.chainId) === ALPHA);
  const [reader, node] = [devnet.network.readers.get(ALPHA), devnet.network.nodes.get(ALPHA)];
  if (planned === undefined || reader === undefined || node === undefined) throw new TypeError('alpha has a vault');
  return { vault: { address: planned.vault, abi: collateralVaultAbi } as const, reader, node };
}

const bobsPurse = (): Promise<bigint> =>
  readTokenBalance(devnet.network, { chainId: ALPHA, asset: 'USDC', holder: devnetAccount('bob').address });

test('an owner at home on a collateral chain appoints who may act for it', async () => {
  const refused = await surety('alice', 'appoint', '--chain', 'settlement', '--operator', 'none', '--yes');
  expect([refused.code, refused.refusal?.code]).toEqual([2, 'BAD_USE']);
  const operator = devnetAccount('bob').address;
  const act = ['appoint', '--chain', 'alpha', '--operator', operator, '--sub', '3'];
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

test('a payment that its recipient can never receive is rerouted after 30 days and claimed by anybody', async () => {
  const { vault, reader, node } = onAlpha();
  await lock(devnet.network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: LOCKED });
  const aliceLine = { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') };
  await waitUntil({
    what: 'the lock credited',
    withinMs: WITHIN_MS,
    probe: async () => ((await readLine(devnet.network, aliceLine)) === LOCKED ? true : undefined),
  });
  const asked = ['release', '--chain', 'alpha', '--asset', 'USDC', '--amount', '150', '--yes'];
  // A token can never be paid to itself.
  const { token } = await reader.readContract({ ...vault, functionName: 'assetOf', args: [1] });
  const { output: released } = await surety('alice', ...asked, '--recipient', token);
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

  const stuck = await surety('bob', 'claim', id, '--yes');
  expect(stuck.refusal).toMatchObject({
    code: 'CLAIM_REFUSED',
    message: expect.stringContaining('TransferFailed') as string,
  });
  const wrong = await surety('bob', 'claim', id, '--packed', `0x${'01'.repeat(95)}`, '--dry-run');
  expect(wrong.refusal?.message).toContain('the vault recorded');
  const toBob = ['reroute', id, '--recipient', devnetAccount('bob').address];
  const soon = await surety('alice', ...toBob, '--yes');
  expect(soon.refusal).toMatchObject({
    code: 'REROUTE_REFUSED',
    message: expect.stringContaining('the vault obeys from') as string,
  });
  expect((await surety('bob', ...toBob, '--yes')).refusal?.message).toContain('its owner is');

  const payment = await reader.readContract({ ...vault, functionName: 'payment', args: [seq] });
  await node.call('evm_setNextBlockTimestamp', [`0x${(BigInt(payment.readyAt) + DAYS_30_S).toString(16)}`]);
  await node.call('evm_mine', []);
  expect((await surety('alice', ...toBob, '--dry-run')).output).toMatchObject({ txHash: null, seq: String(seq) });
  expect(await surety('alice', ...toBob, '--yes')).toMatchObject({ code: 0, refusal: undefined });
  await waitUntil({
    what: 'the payment rerouted at the vault',
    withinMs: WITHIN_MS,
    probe: async () => {
      const { to } = await reader.readContract({ ...vault, functionName: 'rerouteOf', args: [seq] });
      return to.toLowerCase() === devnetAccount('bob').address ? true : undefined;
    },
  });

  const before = await bobsPurse();
  expect(await surety('bob', 'claim', id, '--yes')).toMatchObject({ code: 0, output: { seq: String(seq) } });
  expect((await bobsPurse()) - before).toBe(RELEASED);
  const again = await surety('bob', 'claim', id, '--yes');
  expect(again.refusal?.code).toBe('CLAIM_REFUSED');
}, 240_000);
