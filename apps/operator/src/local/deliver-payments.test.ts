import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork, vaultEdges } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { type Hex, edgeId } from '@surety/domain';
import { systemClock } from '@surety/process';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { serveAnswers } from '../testing/serve-answers.js';
import { type ServedPayment, servePayments, servedRelease } from '../testing/serve-payments.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-deliver-'));
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const network = exampleNetwork();
const { settlement } = network;
const home = network.chains.find(({ chainId }) => chainId === settlement?.chainId);
const [asset] = network.chains.flatMap(({ vault }) => vault?.assets ?? []);
if (settlement === undefined || home === undefined || asset === undefined) throw new Error('the example has no ledger');
const filled = (byte: string): Hex => `0x${byte.repeat(20)}`;
const vault = {
  address: filled('a1'),
  codeHash: `0x${'ef'.repeat(32)}`,
  source: 0,
  fromBlock: '30',
  attesterSet: filled('a2'),
  desk: filled('a3'),
  assets: [{ ...asset, assetId: 2, lockFeeBp: 0 }],
};
Object.assign(network, { profile: 'development' });
Object.assign(home, { vault, blockTimeMs: 20 });
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify(network));
const edge = edgeId(vaultEdges(settlement, { chainId: home.chainId, vault }).of('to-vault'), keccak256);

const releases = { ledger: settlement.ledger as Hex, edge, entries: 140 };

/** Delivers where these payments wait, which an aggregator lists, behind the entries of so many batches that the desk takes. */
async function deliver(outcomes: readonly ServedPayment['outcome'][], argv: readonly string[], batchesTaken?: number) {
  const payments = outcomes.map((outcome, at) => ({ seq: BigInt(at + 1), state: 'QUEUED' as const, outcome }));
  const listed = payments.map(({ seq }) => ({
    seq: seq.toString(),
    entry: servedRelease(),
    readyAt: '1',
    state: 'payable',
    lane: null,
  }));
  const pages = {
    [`/v1/edges/${edge}/payments?after=0`]: { payments: listed, stopped: [] },
    [`/v1/edges/${edge}/payments?after=${payments.length}`]: { payments: [], stopped: [] },
  };
  const waiting = batchesTaken === undefined ? {} : { waiting: { ...releases, batchesTaken } };
  const environment = {
    SURETY_CONFIG: file,
    SURETY_PROFILE: 'development',
    SURETY_KEY: `0x${'01'.repeat(32)}`,
    SURETY_AGGREGATOR_URLS: await serveAnswers(pages, closing),
    RPC_URL_BASE_1: await servePayments({ chainId: 8453, vault: vault.address, payments, ...waiting }, closing),
  };
  return runSurety(['deliver', ...argv, '--json'], { clock: systemClock, environment });
}

const txHash = expect.stringMatching(/^0x[0-9a-f]{64}$/);

describe('payments that are due at source 0', () => {
  it('are made behind one that the vault refuses, which is told afterwards', async () => {
    const { code, told, output } = await deliver(['paid', 'paused', 'claimable', 'paid'], ['--yes']);
    expect(JSON.parse(output)).toMatchObject({
      delivered: '0',
      paid: [
        { seq: '1', txHash },
        { seq: '4', txHash },
      ],
      claimable: [{ seq: '3', txHash }],
      refused: [{ what: 'payment 2', code: 'CARRY_REFUSED', reason: expect.stringContaining('PayPaused') }],
    });
    expect([code, told]).toEqual([1, expect.stringContaining('payment 2 was refused (CARRY_REFUSED): the pay')]);
    expect(told).toContain('nothing of it is under way');
  });

  it('are told as far as they were made where something ends the run', async () => {
    const { code, told, output } = await deliver(['paused', 'paid', 'silent', 'paid'], ['--yes']);
    expect(JSON.parse(output)).toMatchObject({ paid: [{ seq: '2', txHash }], refused: [{ what: 'payment 1' }] });
    expect([code, told]).toEqual([75, expect.stringContaining('{"error":{"code":"RPC_BAD_ANSWER"')]);
  });

  it('are simulated up to the first that would be taken, in a dry run', async () => {
    const { code, output } = await deliver(['paused', 'paid', 'paid'], ['--dry-run']);
    expect(JSON.parse(output)).toMatchObject({ paid: [], tried: ['pay'], refused: [{ what: 'payment 1' }] });
    expect(code).toBe(1);
  });
});

describe('entries that wait at source 0', () => {
  it('are told as far as the desk took them, and hold up no payment', async () => {
    const { code, told, output } = await deliver(['paid'], ['--yes'], 2);
    expect(JSON.parse(output)).toMatchObject({
      delivered: '125',
      count: '128',
      transactions: [txHash, txHash],
      paid: [{ seq: '1', txHash }],
      refused: [{ what: 'the batch from entry 129 on', code: 'CARRY_REFUSED' }],
    });
    expect([code, told]).toEqual([1, expect.stringContaining('the batch from entry 129 on was refused')]);
  });
});
