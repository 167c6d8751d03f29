import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseHalts } from '@surety/client';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { serveAnswers } from '../testing/serve-answers.js';
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
