import { describe, expect, it } from 'vitest';
import { createWatcherClient } from './watcher-client.js';

const halt = {
  halt: { edge: `0x${'ed'.repeat(32)}`, nonce: '2', epoch: 1 },
  domain: { chainId: 901, verifyingContract: `0x${'C3'.repeat(20)}` },
  signer: `0x${'a1'.repeat(20)}`,
  signature: `0x${'11'.repeat(65)}`,
  reason: 'final block 7 of chain 901 was aa and is now bb',
};

const clientOf = (answer: unknown) => {
  const send = async () => new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } });
  return createWatcherClient({ url: 'http://127.0.0.1:8711', timeoutMs: 1_000, fetch: send });
};

const report = {
  ...Object.fromEntries(['reports', 'protocol'].map((name) => [name, `0x${'A1'.repeat(20)}`])),
  ...Object.fromEntries(
    ['account', 'blockHash', 'inputsHash', 'parameterVersion'].map((name) => [name, `0x${'ab'.repeat(32)}`]),
  ),
  ...Object.fromEntries(
    ['positionNonce', 'blockNumber', 'asOf', 'initialWad', 'maintenanceWad', 'expiry'].map((name) => [name, '7']),
  ),
  epoch: 1,
};
const signed = { report, verifier: halt.signer, signature: halt.signature, signer: halt.signer };

describe('a watcher’s reports', () => {
  it('are parsed with numeric fields, without unused members', async () => {
    const [read] = await clientOf({ reports: [signed] }).readReports();
    expect(read).toMatchObject({
      verifier: halt.signer,
      report: { protocol: `0x${'a1'.repeat(20)}`, expiry: 7n, epoch: 1 },
    });
    expect(Object.keys(read ?? {})).toEqual(['report', 'verifier', 'signature']);
  });

  it.each([
    ['no list', {}],
    ['a report without an end', { reports: [{ ...signed, report: { ...report, expiry: undefined } }] }],
    ['a figure above 128 bits', { reports: [{ ...signed, report: { ...report, initialWad: String(2n ** 128n) } }] }],
  ])('with %s are refused', async (_, answer) => {
    await expect(clientOf(answer).readReports()).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  });
});

describe('a watcher’s halts', () => {
  it('are parsed with numeric fields', async () => {
    const [read] = await clientOf({ halts: [halt] }).readHalts();
    expect(read).toMatchObject({
      halt: { nonce: 2n, epoch: 1 },
      domain: { verifyingContract: `0x${'c3'.repeat(20)}` },
    });
    expect(await clientOf({ halts: [] }).readHalts()).toEqual([]);
  });

  it.each([
    ['no list', {}],
    ['a short signature', { halts: [{ ...halt, signature: '0x11' }] }],
    ['a chain id of 0', { halts: [{ ...halt, domain: { ...halt.domain, chainId: 0 } }] }],
  ])('with %s are refused', async (_, answer) => {
    await expect(clientOf(answer).readHalts()).rejects.toMatchObject({
      code: expect.stringMatching(/BAD_ANSWER|OUT_OF_RANGE/),
    });
  });
});
