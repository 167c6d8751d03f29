import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { type Entry, bytesToHex, packEntry, tokenUnits } from '@surety/domain';
import { encodePacked, keccak256 } from 'viem';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { paymentEdges } from '../relay/relayed-edges.js';
import { type SuretyRun, runSurety } from '../testing/run-surety.js';
import { servedRecord, serveTimelockedVault } from '../testing/serve-timelocked-vault.js';
import { describeLoss, describeRecord } from './stop.js';

const account = `0x${'ab'.repeat(32)}` as Entry['account'];
const payment = { entry: { kind: 'RELEASE', asset: 2, amount: tokenUnits(7n), account } as Entry };

describe('the ledger’s number of the loss that it waits for', () => {
  it('is the one to be stopped, none, or another one', () => {
    expect(describeLoss({ seq: 7n }, 7n)).toContain('waits for the answer');
    expect(describeLoss({ seq: 7n }, 0n)).toContain('waits for NO loss');
    expect(describeLoss({ seq: 7n }, 8n)).toContain('ANOTHER loss of this asset, number 8');
  });
});

describe('the ledger’s record of a release', () => {
  it('is equal, missing, or of another release', () => {
    const record = keccak256(encodePacked(['uint16', 'uint128', 'bytes32'], [2, 7n, account]));
    expect(describeRecord(payment, record)).toContain('recorded this release');
    expect(describeRecord(payment, `0x${'00'.repeat(32)}`)).toContain('has NO record of it');
    const other = keccak256(encodePacked(['uint16', 'uint128', 'bytes32'], [2, 8n, account]));
    expect(describeRecord(payment, other)).toContain('this one is forged');
  });
});

describe('a payment that is to be stopped', () => {
  const closing: (() => void)[] = [];
  afterEach(() => closing.splice(0).forEach((close) => close()));
  const folder = mkdtempSync(join(tmpdir(), 'surety-stop-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'chains.config.json');
  const network = exampleNetwork();
  writeFileSync(file, JSON.stringify(network));
  const packed = bytesToHex(
    packEntry({ ...payment.entry, party: `0x${'00'.repeat(12)}${'ef'.repeat(20)}`, fee: 0n } as Entry),
  );
  const made = keccak256(encodePacked(['uint16', 'uint128', 'bytes32'], [2, 7n, account]));
  const NONE = `0x${'00'.repeat(32)}` as const;

  /** Runs a dry run with four providers of each chain; those of the ledger give these records, of the vault these states. */
  async function stopAt(records: readonly string[], states: readonly number[] = [1, 1, 1, 1]): Promise<SuretyRun> {
    const payments = states.map((state) =>
      servedRecord('payment', { entryHash: keccak256(packed).slice(0, 52), state, readyAt: 7 }),
    );
    const serve = (chainId: number, views: object): Promise<string> =>
      serveTimelockedVault({ chainId, timeS: 1_800_000_000n, views: { ...views } }, closing);
    const vault = await Promise.all(payments.map((one) => serve(1, { payment: one })));
    const ledger = await Promise.all(records.map((releasedOf) => serve(8453, { releasedOf })));
    const environment = Object.fromEntries([
      ...vault.map((url, at) => [`RPC_URL_ETHEREUM_${at + 1}`, url] as const),
      ...ledger.map((url, at) => [`RPC_URL_BASE_${at + 1}`, url] as const),
    ]);
    const id = `${paymentEdges(network)[0]?.journal.edgeId ?? ''}:7`;
    const asked = ['stop', id, '--reason', 'r', '--packed', packed, '--dry-run'];
    return runSurety(asked, { environment: { ...environment, SURETY_CONFIG: file } });
  }

  it.each([
    ['invents a record', [made, NONE, NONE, NONE], 'the ledger has NO record of it'],
    ['hides the record', [NONE, made, made, made], 'the ledger recorded this release'],
  ])('is judged by two thirds of the providers where one of the ledger’s %s', async (_name, records, verdict) => {
    const run = await stopAt(records);
    expect([run.code, run.told]).toEqual([0, expect.stringContaining(verdict)]);
    expect(run.told).toContain(' of base contradicts the others; surety doctor compares them');
  });

  it('is not judged where too few agree, and the sides are named', async () => {
    const halves = await stopAt([made, made, NONE, NONE]);
    expect([halves.code, halves.told]).toEqual([
      75,
      expect.stringMatching(/NO_QUORUM: providers of base disagree: .*2 different answers, \S+, \S+ against \S+, \S+;/),
    ]);
    const vault = await stopAt([made, made, made, made], [1, 1, 3, 3]);
    expect([vault.code, vault.told]).toEqual([75, expect.stringContaining('providers of ethereum disagree: ')]);
  });
});
