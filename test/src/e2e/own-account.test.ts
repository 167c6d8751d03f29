import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collateralLedgerAbi, developmentTokenAbi } from '@surety/contracts';
import {
  type AccountName,
  CHAINS,
  type LocalNetwork,
  type OpenCreditLine,
  PROVIDERS_PER_CHAIN,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  borrow,
  connectWallet,
  devnetAccount,
  marketOf,
  openCreditLine,
  plannedOf,
  providerOf,
  repayAll,
  startNetwork,
} from '@surety/devnet';
import type { Address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';

const HOME = SETTLEMENT_CHAIN_ID;
const ONE = 1_000_000n;
/** Flag of a pause of credit. @source ILedgerTerms.pause */
const CREDIT = 2;
const folder = mkdtempSync(join(tmpdir(), 'surety-own-'));
/** More than a season. */
const WEEK_S = 7 * 86_400;
let network: LocalNetwork;
let lender: OpenCreditLine;

// Collateral on the settlement chain counts in the transaction that locks it: no process runs.
beforeAll(async () => {
  network = await startNetwork({ directory: folder, blockSeconds: 1, attesters: 4, localVault: true });
  lender = await openCreditLine(network, 10_000n * ONE);
  const { address } = devnetAccount('alice');
  await send('alice', {
    address: token(),
    abi: developmentTokenAbi,
    functionName: 'mint',
    args: [address, 20_000n * ONE],
  });
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const token = (): Address => marketOf(network).token;
const assetId = (): number => plannedOf(network, HOME).assetIds[0] ?? 0;
const reader = (): PublicClient => network.readers.get(HOME) as PublicClient;
const ledger = () => ({ address: network.plan.settlement.ledger, abi: collateralLedgerAbi }) as const;
const lineOf = (of: AccountName) =>
  reader().readContract({ ...ledger(), functionName: 'lineOf', args: [accountOf(of), assetId()] });
const protocolsOf = async (of: AccountName): Promise<string[]> =>
  (await reader().readContract({ ...ledger(), functionName: 'protocolsOf', args: [accountOf(of)] })).map((one) =>
    one.toLowerCase(),
  );

function surety(by: AccountName, ...args: string[]): Promise<Answer> {
  const providers = CHAINS.flatMap((chain) =>
    Array.from({ length: PROVIDERS_PER_CHAIN }, (_, at): [string, string] => [
      providerOf(chain, at + 1).urlEnv,
      network.nodes.get(chain.chainId)?.url ?? '',
    ]),
  );
  const own = { SURETY_CONFIG: network.configFile, SURETY_KEY: devnetAccount(by).key };
  return runSurety(args, { ...own, ...Object.fromEntries(providers) });
}
const USDS = ['--chain', 'settlement', '--asset', 'USDS'] as const;
const lock = (amount: string): Promise<Answer> => surety('alice', 'lock', ...USDS, '--amount', amount, '--yes');
const transfer = (amount: string, to: string, ...more: string[]): Promise<Answer> =>
  surety('alice', 'transfer', ...USDS, '--amount', amount, '--to', to, ...more);

async function send(
  by: AccountName,
  call: { address: Address; abi: readonly unknown[]; functionName: string; args: readonly unknown[] },
): Promise<void> {
  const wallet = connectWallet(network.nodes.get(HOME)?.url ?? '', HOME, by);
  const hash = await wallet.writeContract(call);
  const { status } = await reader().waitForTransactionReceipt({ hash });
  if (status !== 'success') throw new Error(`${call.functionName} in ${hash} was ${status}; expected success`);
}

it('opts in, transfers what the margin allows, and opts out once nothing is owed', async () => {
  expect((await lock('10000')).code).toBe(0);
  const dry = await surety('alice', 'opt-in', lender.address, '--dry-run');
  expect([dry.code, dry.output['txHash'], await protocolsOf('alice')]).toEqual([0, null, []]);
  expect((await surety('alice', 'opt-in', lender.address)).refusal?.code).toBe('DECLINED');
  expect((await surety('alice', 'opt-in', lender.address, '--yes')).code).toBe(0);
  expect(await protocolsOf('alice')).toEqual([lender.address.toLowerCase()]);
  await borrow(network, lender, 'alice', 4_000n * ONE);

  const bob = devnetAccount('bob').address;
  const moved = await transfer('100', bob, '--yes');
  expect([moved.code, moved.output['amount'], (await lineOf('bob')).amount]).toEqual([0, '100000000', 100n * ONE]);
  const owed = await transfer('all', bob, '--yes');
  expect([owed.code, owed.refusal?.code]).toEqual([1, 'ACT_REFUSED']);
  expect(owed.refusal?.message).toMatch(
    /^the transfer would be refused by 0x\w+ on settlement: .*MarginTooLow.*; nothing was sent$/s,
  );
  const more = await transfer('9900.5', bob, '--yes');
  expect(more.refusal?.message).toBe(
    "--amount is 9900.5 USDS; of the line's 9900 USDS on settlement, 9900 USDS may move now; nothing was sent",
  );
  expect((await transfer('1', devnetAccount('alice').address, '--yes')).code).toBe(2);
  expect((await lineOf('alice')).amount).toBe(9_900n * ONE);

  const early = await surety('alice', 'opt-out', lender.address, '--yes');
  expect([early.code, early.refusal?.code]).toEqual([1, 'ACT_REFUSED']);
  await repayAll(network, lender, 'alice');
  const out = await surety('alice', 'opt-out', lender.address, '--yes');
  expect([out.code, out.output['notes'], await protocolsOf('alice')]).toEqual([0, [], []]);
  const again = await surety('alice', 'opt-out', lender.address, '--yes');
  expect(again.refusal?.message).toMatch(/is not opted in to 0x\w+; nothing was sent$/);
});

it('counts a line, or does not', async () => {
  expect((await surety('alice', 'disable', ...USDS, '--yes')).code).toBe(0);
  expect((await lineOf('alice')).enabled).toBe(false);
  expect((await surety('alice', 'enable', ...USDS, '--yes')).code).toBe(0);
  expect((await lineOf('alice')).enabled).toBe(true);
});

it('sends a parked credit back, and only its owner may', async () => {
  const { timestamp } = await reader().getBlock();
  await send('pauser', { ...ledger(), functionName: 'pause', args: [0, assetId(), CREDIT, Number(timestamp) + 3_600] });
  const { code, output } = await lock('50');
  expect(code).toBe(0);
  const parked = `settlement:${String(output['id']).split(':')[1]}`;
  const other = await surety('bob', 'release-parked', parked, '--yes');
  expect(other.refusal?.message).toMatch(
    /: it is of account 0x\w{64}; expected a credit of 0x\w{64}; nothing was sent$/,
  );
  const nothing = await surety('alice', 'release-parked', '0:999', '--yes');
  expect(nothing.refusal?.message).toMatch(/^0:999: nothing is parked there;/);
  expect((await surety('alice', 'release-parked', 'gamma:1', '--yes')).refusal?.code).toBe('BAD_USE');
  const early = await surety('alice', 'release-parked', parked, '--yes');
  expect([early.refusal?.code, early.refusal?.message]).toEqual(['ACT_REFUSED', expect.stringContaining('NotReady')]);
  await network.nodes.get(HOME)?.call('evm_increaseTime', [WEEK_S]);
  await network.nodes.get(HOME)?.call('evm_mine', []);
  const done = await surety('alice', 'release-parked', parked, '--yes');
  expect([done.code, done.output['amount']]).toEqual([0, '50000000']);
  expect((await surety('alice', 'release-parked', parked, '--yes')).refusal?.message).toMatch(
    /nothing is parked there/,
  );
});
