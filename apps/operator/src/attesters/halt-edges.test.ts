import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseHalts } from '@surety/client';
import { exampleNetwork } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { address, bytes32, chainId, haltDigest } from '@surety/domain';
import { systemClock } from '@surety/process';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { serveAnswers } from '../testing/serve-answers.js';
import { type ServedVerifier, serveVerifier } from '../testing/serve-verifier.js';
import { groupByEdge } from './halt-edges.js';

const config = fileURLToPath(new URL('../../../../chains.config.json', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'surety-halts-'));
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (argv: readonly string[], more: Record<string, string> = {}) =>
  runSurety(['attesters', 'halt', ...argv, '--json'], { environment: { SURETY_CONFIG: config, ...more } });

const halt = (edge: string, signer: string, verifier = 'c3') => ({
  halt: { edge: `0x${edge.repeat(32)}`, nonce: '0', epoch: 1 },
  domain: { chainId: 900, verifyingContract: `0x${verifier.repeat(20)}` },
  signer: `0x${signer.repeat(40)}`,
  signature: `0x${'00'.repeat(64)}1b`,
  reason: 'broken',
});

describe('surety attesters halt', () => {
  it('needs a source, and asks the watchers of the environment where none is named', async () => {
    const { code, told } = await run([]);
    expect([code, told]).toEqual([2, expect.stringContaining('no watcher is named; expected addresses of watchers')]);
    const url = await serveAnswers({ '/v1/halts': { halts: [] } }, closing);
    const asked = await run([], { SURETY_WATCHER_URLS: url });
    expect([asked.code, asked.told]).toEqual([
      1,
      expect.stringContaining('1 of 1 sources answered, and none serves a halt'),
    ]);
  });

  it('goes on without a source that does not answer, and says of an edge whose verifier it does not know', async () => {
    const url = await serveAnswers({ '/v1/halts': { halts: [halt('ed', '1')] } }, closing);
    const file = join(folder, 'halts.json');
    writeFileSync(file, '{"halts":[{"halt":1}]}');
    const { code, told, output } = await run([url, 'http://127.0.0.1:1', file]);
    expect(code).toBe(1);
    expect(told).toContain('http://127.0.0.1:1 is left out: ');
    expect(told).toContain(`${file} is left out: `);
    expect(told).toContain('expected a verifier of chains.config.json; nothing was sent');
    expect(JSON.parse(output)).toMatchObject({ posted: [], known: [], refused: [{ what: `0x${'ed'.repeat(32)}` }] });
    const none = await run(['http://127.0.0.1:1']);
    expect([none.code, none.told]).toEqual([75, expect.stringContaining('AGGREGATOR_UNREACHABLE')]);
  });
});

/** Four members, whose quorum for a halt is two. */
const accounts = ['a1', 'a2', 'a3', 'a4'].map((byte) => privateKeyToAccount(`0x${byte.repeat(32)}`));
const members = accounts.map(({ address: signer }) => address(signer.toLowerCase()));
const network = exampleNetwork();
Object.assign(network, { profile: 'development' });
for (const chain of network.chains) Object.assign(chain, { blockTimeMs: 20 });
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify(network));
const [ethereum, base] = [1, 8453] as const;
const edgeAt = { [ethereum]: bytes32(`0x${'e1'.repeat(32)}`), [base]: bytes32(`0x${'eb'.repeat(32)}`) };

/** Writes what a watcher serves: the halt of the edge at each of two chains, by the first so many members. */
async function signedHalts(signers: number): Promise<string> {
  const verifiers = {
    [ethereum]: network.chains.find(({ chainId: id }) => id === ethereum)?.vault?.attesterSet,
    [base]: network.settlement?.attesterSet,
  };
  const halts = [ethereum, base].flatMap((id) =>
    accounts.slice(0, signers).map(async (account) => {
      const domain = { chainId: chainId(id), verifyingContract: address(verifiers[id] ?? '') };
      const signed = { edge: edgeAt[id], nonce: 0n, epoch: 1 };
      const signature = await account.sign({ hash: haltDigest(signed, domain, keccak256) });
      const signer = account.address.toLowerCase();
      return { halt: { ...signed, nonce: '0' }, domain, signer, signature, reason: 'broken' };
    }),
  );
  const source = join(folder, `signed-by-${signers}.json`);
  writeFileSync(source, JSON.stringify({ halts: await Promise.all(halts) }));
  return source;
}

/** Runs the command with these providers of the two chains. */
async function runAt(
  shown: readonly Partial<ServedVerifier>[],
  argv: readonly string[],
  { signers = 2, ...options }: { signers?: number; isInterrupted?: boolean; environment?: Record<string, string> } = {},
) {
  const urls: Record<string, string> = {};
  for (const one of shown) {
    const served = { chainId: ethereum, members, ...one };
    const names = network.chains.find(({ chainId: id }) => id === served.chainId)?.providers ?? [];
    const name = names.map(({ urlEnv }) => urlEnv).find((each) => urls[each] === undefined) ?? '';
    urls[name] = await serveVerifier(served, closing);
  }
  const key = { SURETY_KEY: `0x${'01'.repeat(32)}` };
  const environment = { SURETY_CONFIG: file, SURETY_PROFILE: 'development', ...key, ...urls, ...options.environment };
  const source = await signedHalts(signers);
  return runSurety(['attesters', 'halt', source, ...argv, '--json'], { clock: systemClock, ...options, environment });
}

describe('surety attesters halt at several chains', () => {
  it.each([
    ['NO_VERIFIER', { bytes: '0x' }],
    ['RPC_BAD_ANSWER', { bytes: '0x1234' }],
    ['EMPTY_WALLET', { walletWei: 0n }],
  ] as const)('halts the edge of one where that of another ends with %s, and tells both', async (failed, broken) => {
    const { code, told, output } = await runAt([broken, { chainId: base }], ['--yes']);
    expect(JSON.parse(output)).toMatchObject({
      posted: [{ edge: edgeAt[base], txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) }],
      known: [],
      refused: [{ what: edgeAt[ethereum], code: failed, reason: expect.any(String) }],
    });
    expect([code, told]).toEqual([1, expect.stringContaining(`${edgeAt[ethereum]} failed (${failed}): `)]);
  });

  it('asks about each edge, whatever was answered about the one before', async () => {
    const { code, output } = await runAt([{}, { chainId: base }], []);
    expect([code, JSON.parse(output)]).toMatchObject([
      1,
      {
        posted: [],
        refused: [
          { what: edgeAt[ethereum], code: 'DECLINED' },
          { what: edgeAt[base], code: 'DECLINED' },
        ],
      },
    ]);
  });

  it('ends for every edge where somebody interrupts it, and without a key', async () => {
    const ended = await runAt([{}, { chainId: base }], ['--yes'], { isInterrupted: true });
    expect([ended.code, ended.output]).toEqual([1, '']);
    expect(ended.told).toContain('"code":"DECLINED","message":"interrupted before the halt was sent');
    const second = await runAt([{ bytes: '0x' }, { chainId: base }], ['--yes'], { isInterrupted: true });
    expect(JSON.parse(second.output)).toMatchObject({ posted: [], refused: [{ what: edgeAt[ethereum] }] });
    expect([second.code, second.told]).toEqual([1, expect.stringContaining('interrupted before the halt was sent')]);
    const keyless = await runAt([{}, { chainId: base }], ['--yes'], { environment: { SURETY_KEY: '' } });
    expect([keyless.code, keyless.output, keyless.told]).toEqual([2, '', expect.stringContaining('SURETY_KEY')]);
  });
});

describe('one provider’s word about an edge', () => {
  const posted = [{ edge: edgeAt[ethereum], txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) }];
  const home = { chainId: base, isHalted: true };

  it.each([
    ['that it is halted', { isHalted: true }],
    ['that nobody can decode', { bytes: '0x1234' as const }],
    ['of a set without members', { members: [] }],
    ['of another nonce', { nonce: 1n }],
    [
      'of another set',
      { members: [...members].reverse().map((one) => address(`0x${'00'.repeat(19)}${one.slice(-2)}`)) },
    ],
  ])('%s holds up no halt that two others take', async (_, lie) => {
    const { code, output } = await runAt([lie, {}, {}, home], ['--yes']);
    expect(JSON.parse(output)).toMatchObject({ posted, known: [edgeAt[base]], refused: [] });
    expect(code).toBe(0);
  });

  it('counts as halted what two thirds of the providers say, whatever another one says', async () => {
    const { code, output } = await runAt([{ isHalted: true }, { isHalted: true }, { bytes: '0x' }, home], ['--yes']);
    expect([code, JSON.parse(output)]).toEqual([
      0,
      { posted: [], known: [edgeAt[ethereum], edgeAt[base]], refused: [] },
    ]);
  });

  it('is not believed alone where no other one answers, nor where the others know too few signatures', async () => {
    const silent = await runAt([{ isHalted: true }, { bytes: '0x' }, { bytes: '0x' }, home], ['--yes']);
    expect(silent.code).toBe(1);
    expect(silent.told).toContain('1 of 3 providers of ethereum say that it is halted already; expected 2');
    const few = await runAt([{ isHalted: true }, {}, {}, home], ['--yes'], { signers: 1 });
    expect([few.code, JSON.parse(few.output)]).toMatchObject([1, { posted: [], known: [edgeAt[base]] }]);
    expect(few.told).toContain(
      'signatures for epoch 1 and nonce 0: 1; expected 2; 1 of 3 providers of ethereum say that it is halted already; expected 2',
    );
  });
});

describe('halts of several sources', () => {
  it('are put together by edge and verifier, first what most sources serve', () => {
    const liar = parseHalts({ halts: ['01', '02', '03'].map((edge) => halt(edge, '9')) });
    const [one, other] = ['1', '2'].map((signer) =>
      parseHalts({ halts: [halt('ed', signer), halt('ed', signer, 'c4')] }),
    );
    const groups = groupByEdge([liar, one ?? [], other ?? []]);
    expect(
      groups.map(({ edge, domain, served }) => [edge.slice(2, 4), domain.verifyingContract.slice(2, 4), served.length]),
    ).toEqual([
      ['ed', 'c3', 2],
      ['ed', 'c4', 2],
      ['01', 'c3', 1],
      ['02', 'c3', 1],
      ['03', 'c3', 1],
    ]);
    expect(groups[0]?.served.map((halts) => halts.map(({ signer }) => signer.slice(2, 3)))).toEqual([['1'], ['2']]);
  });
});
