import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keccak256, marginReportDigest } from '@surety/contracts';
import { bytes32, statementDigest } from '@surety/domain';
import type { VerifiedStatement } from '@surety/workflows';
import { afterEach, describe, expect, it } from 'vitest';
import { createAttester } from './create-attester.js';
import { createLocalSigner } from '@surety/keys';
import { recoverSigner } from '@surety/keys/recovery';
import { type SqliteSigningHistory, openSigningHistory } from './open-signing-history.js';
import { DOMAIN as domain, EDGE_NAME as name, statementsAt } from './testing/statements-at.js';

const signer = createLocalSigner(new Uint8Array(32).fill(7));
const folders: string[] = [];
const histories: SqliteSigningHistory[] = [];

afterEach(() => {
  for (const history of histories.splice(0)) history.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function openHistory(): SqliteSigningHistory {
  const folder = mkdtempSync(join(tmpdir(), 'surety-attester-'));
  folders.push(folder);
  const history = openSigningHistory({ file: join(folder, 'history.sqlite'), address: signer.address });
  histories.push(history);
  return history;
}

describe('createAttester refuses', () => {
  it('a statement that looks verified but was not made from a verified frame', async () => {
    const history = openHistory();
    const attester = createAttester({ signer, history });
    const [real] = statementsAt({ height: 8n, locks: 1 });
    const forged = { ...real } as VerifiedStatement;
    await expect(attester.sign([forged], domain)).rejects.toMatchObject({ code: 'NOT_VERIFIED', retryable: false });
    expect(await history.readHighestCount(name)).toBeUndefined();
  });

  it('a different head for a count that it signed, permanently', async () => {
    const attester = createAttester({ signer, history: openHistory() });
    await attester.sign(statementsAt({ height: 8n, locks: 2 }), domain);
    const other = statementsAt({ height: 16n, locks: 2, amount: 5n });
    await expect(attester.sign(other, domain)).rejects.toMatchObject({ code: 'CONTRADICTION', retryable: false });
    await expect(attester.sign(other, domain)).rejects.toMatchObject({ code: 'CONTRADICTION' });
    const honest = statementsAt({ height: 24n, locks: 2 });
    await expect(attester.sign(honest, domain)).rejects.toMatchObject({ code: 'CONTRADICTION' });
  });

  it('a later tip below one that it signed, even if it signed no head of that count', async () => {
    const attester = createAttester({ signer, history: openHistory() });
    await attester.sign(statementsAt({ height: 8n, locks: 5 }), domain);
    await expect(attester.sign(statementsAt({ height: 16n, locks: 3 }), domain)).rejects.toMatchObject({
      code: 'CONTRADICTION',
      message: expect.stringContaining('at block 16 of time 1700000016') as string,
    });
    await expect(attester.sign(statementsAt({ height: 24n, locks: 5 }), domain)).rejects.toMatchObject({
      code: 'CONTRADICTION',
    });
  });

  it('a different hash for a height that it signed', async () => {
    const attester = createAttester({ signer, history: openHistory() });
    await attester.sign(statementsAt({ height: 8n, locks: 2 }), domain);
    await expect(attester.sign(statementsAt({ height: 8n, locks: 2, fork: 'bb' }), domain)).rejects.toMatchObject({
      code: 'CONTRADICTION',
    });
  });
});

describe('createAttester', () => {
  it('has every row in the store before the first signature exists', async () => {
    const history = openHistory();
    const crashing = {
      address: signer.address,
      sign: async (): Promise<never> => {
        throw new Error('killed between recording and signing');
      },
    };
    const statements = statementsAt({ height: 8n, locks: 130 });
    await expect(createAttester({ signer: crashing, history }).sign(statements, domain)).rejects.toThrow('killed');
    for (const { statement } of statements) {
      expect(await history.readHead(name, statement.count)).toBe(statement.head);
    }
    expect(await createAttester({ signer, history }).sign(statements, domain)).toHaveLength(3);
  });

  it('signs in order, with signatures that recover to its address, and returns the same bytes again', async () => {
    const attester = createAttester({ signer, history: openHistory() });
    const statements = statementsAt({ height: 8n, locks: 130 });
    const signed = await attester.sign(statements, domain);
    expect(signed.map(({ statement }) => statement.count)).toEqual([64n, 128n, 130n]);
    for (const { statement, signature } of signed) {
      expect(recoverSigner(statementDigest(statement, domain, keccak256), signature)).toBe(signer.address);
    }
    expect(await attester.sign(statements, domain)).toEqual(signed);
  });

  it('signs a report in the verifier’s domain, without adding history rows', async () => {
    const history = openHistory();
    const word = bytes32(`0x${'11'.repeat(32)}`);
    const places = { reports: signer.address, protocol: signer.address, account: word, blockHash: word };
    const figures = { positionNonce: 1n, blockNumber: 2n, asOf: 3n, initialWad: 5n, maintenanceWad: 4n, expiry: 6n };
    const report = { ...places, ...figures, inputsHash: word, parameterVersion: word, epoch: 1 };
    const signature = await createAttester({ signer, history }).signReport(report, domain);
    const verifier = { chainId: Number(domain.chainId), verifier: domain.verifyingContract };
    expect(recoverSigner(marginReportDigest(report, verifier), signature)).toBe(signer.address);
    expect(await history.readHighestCount(name)).toBeUndefined();
  });

  it('recognises its own signature, known or from a lost history', async () => {
    const attester = createAttester({ signer, history: openHistory() });
    const [signed] = await attester.sign(statementsAt({ height: 8n, locks: 1 }), domain);
    if (signed === undefined) throw new Error('nothing was signed');
    expect(await attester.judge(signed, domain)).toBe('known');
    const fresh = createAttester({ signer, history: openHistory() });
    expect(await fresh.judge(signed, domain)).toBe('unknown');
    expect(await fresh.judge({ ...signed, statement: { ...signed.statement, epoch: 9 } }, domain)).toBe('foreign');
  });
});
