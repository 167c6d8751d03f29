import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { collateralLedgerAbi } from '@surety/contracts';
import {
  type Devnet,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  awaitReadiness,
  connectWallet,
  devnetAccount,
  lockTokens,
  readLedgerLine,
  readTokenBalance,
  waitUntil,
} from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const ALPHA = 901;
const WITHIN_MS = 60_000;
const LOCKED = 9_000_000_000n;
const RELEASED = 4_000_000_000n;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-by-hand-'));
let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  line = await startLine({ relayers: 0 });
  devnet = line.devnet;
});
afterAll(async () => {
  await line?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a person with alice's key types; there is no aggregator for it. */
function surety(...args: readonly string[]): Promise<Answer> {
  const { SURETY_AGGREGATOR_URLS: _, ...environment } = devnet.environmentOf('operator');
  return runSurety(args, environment);
}

/** Waits until k members have signed an edge's n-th entry, keeps their statements in a file, and ends the aggregator. */
async function keepStatements(direction: string, count: bigint): Promise<string> {
  const edge = await waitUntil({
    what: `entry ${count} ${direction} attested`,
    withinMs: WITHIN_MS,
    probe: async () =>
      (await devnet.aggregator.readEdges()).find(
        (one) => one.source === 1 && one.direction === direction && one.attestedCount >= count,
      ),
  });
  const answer = await fetch(`${devnet.aggregatorUrl}/v1/edges/${edge.edge}/statements`);
  const file = path.join(folder, `${direction}.json`);
  writeFileSync(file, await answer.text());
  await devnet.running('aggregator')?.stop();
  return file;
}

/** Pauses credit of alpha's source for an hour, or lifts that. */
async function pauseCredit(on: boolean): Promise<void> {
  const { network } = devnet;
  const reader = network.readers.get(SETTLEMENT_CHAIN_ID);
  const url = network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '';
  const wallet = connectWallet(url, SETTLEMENT_CHAIN_ID, on ? 'pauser' : 'governor');
  const ledger = { address: network.plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  const until = Number((await reader?.getBlock())?.timestamp ?? 0n) + 3_600;
  const hash = on
    ? await wallet.writeContract({ ...ledger, functionName: 'pause', args: [1, 0, 2, until] })
    : await wallet.writeContract({ ...ledger, functionName: 'unpause', args: [1, 0] });
  expect(await reader?.waitForTransactionReceipt({ hash })).toMatchObject({ status: 'success' });
}

test('a person brings a lock to the ledger and a release to the vault from chain logs and signatures alone', async () => {
  await lockTokens(devnet.network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: LOCKED });
  const locks = await keepStatements('to-ledger', 1n);
  const byHand = 'npx surety relay --from-chain --statements <file>';
  const toLedger = [
    ...fromRunbook('13', byHand, { '<file>': locks }),
    '--chain',
    'alpha',
    '--direction',
    'to-ledger',
    '--yes',
  ];
  expect((await surety(...fromRunbook('14', 'npx surety relay --from-chain'), '--yes')).refusal).toMatchObject({
    code: 'BAD_USE',
  });

  await pauseCredit(true);
  const paused = await surety(...toLedger);
  expect(paused).toMatchObject({
    code: 1,
    refusal: { code: 'RELAY_REFUSED', message: expect.stringContaining('CreditPaused') },
  });
  const wouldBeRefused = await surety(...toLedger, '--dry-run');
  expect(wouldBeRefused).toMatchObject({ code: 1, refusal: { message: expect.stringContaining('CreditPaused') } });
  await pauseCredit(false);

  const request = { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') };
  const tried = await surety(...toLedger, '--dry-run');
  expect(tried).toMatchObject({ code: 0, output: { edges: [{ applied: '0', count: '0', tried: ['apply'] }] } });
  expect(await readLedgerLine(devnet.network, request)).toBe(0n);

  const credited = await surety(...toLedger);
  expect(credited).toMatchObject({ code: 0, output: { edges: [{ applied: '1', count: '1', refusal: null }] } });
  expect(await readLedgerLine(devnet.network, request)).toBe(LOCKED);
  const again = await surety(...toLedger);
  expect(again).toMatchObject({ code: 0, output: { edges: [{ applied: '0', count: '1' }] } });

  const release = ['release', '--chain', 'alpha', '--asset', 'USDC', '--yes'];
  const tooMuch = await surety(...release, '--amount', '9000.1');
  expect(tooMuch.refusal).toMatchObject({
    code: 'RELEASE_REFUSED',
    message: expect.stringContaining('9,000 USDC may'),
  });
  const requested = await surety(...release, '--amount', '4000');
  expect(requested).toMatchObject({ code: 0, output: { amount: String(RELEASED), stage: 'sent' } });
  expect(await readLedgerLine(devnet.network, request)).toBe(LOCKED - RELEASED);

  await awaitReadiness(await devnet.start('aggregator'), WITHIN_MS);
  const releases = await keepStatements('to-vault', 1n);
  const purse = { chainId: ALPHA, asset: 'USDC', holder: devnetAccount('alice').address } as const;
  const before = await readTokenBalance(devnet.network, purse);
  const toVault = ['relay', '--chain', '901', '--direction', 'to-vault', '--from-chain', '--yes'];
  const triedPay = await surety(...toVault, '--statements', releases, '--dry-run');
  expect(triedPay).toMatchObject({
    code: 0,
    output: { edges: [{ applied: '0', paid: 0, tried: ['apply-releases'] }] },
  });
  expect(await readTokenBalance(devnet.network, purse)).toBe(before);
  const paid = await surety(...toVault, '--statements', releases);
  expect(paid).toMatchObject({ code: 0, output: { edges: [{ applied: '1', count: '1', paid: 1, refusal: null }] } });
  expect((await readTokenBalance(devnet.network, purse)) - before).toBe(RELEASED);
  const nothing = await surety(...toVault, '--statements', releases);
  expect(nothing).toMatchObject({ code: 0, output: { edges: [{ applied: '0', paid: 0 }] } });
  expect((await readTokenBalance(devnet.network, purse)) - before).toBe(RELEASED);

  const id = String(requested.output['id']);
  const claimed = await surety('claim', id, '--yes');
  expect(claimed.refusal).toMatchObject({
    code: 'CLAIM_REFUSED',
    message: expect.stringContaining('is PAID on alpha'),
  });
  const never = await surety('claim', id.replace(/:\d+$/u, ':77'), '--yes');
  expect(never.refusal).toMatchObject({ code: 'CLAIM_REFUSED', message: expect.stringContaining('never made it') });
});
