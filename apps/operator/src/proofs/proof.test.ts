import { type SolvencyProof, keccak256 } from '@surety/contracts';
import { type Bytes32, SumTree, blockHash, bytes32, commitmentOf } from '@surety/domain';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { madeSolvencyProof } from '../testing/made-solvency-proof.js';
import { runSurety } from '../testing/run-surety.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-proof-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wordOf = (pair: string): Bytes32 => bytes32(`0x${pair.repeat(32)}`);
const ALICE = wordOf('0a');
const config = fileURLToPath(new URL('../../../../chains.config.json', import.meta.url));

/** The proof of an account that shares asset 4 with one other account. */
function proofOf(account: Bytes32): object {
  const leaves = [ALICE, wordOf('0b')].map((one) => ({ account: one, assetId: 4, amount: 30n }));
  const tree = SumTree.of(leaves, keccak256);
  const trees = [{ assetId: 4, count: tree.count, ...tree.root }];
  const committed = {
    block: { chainId: 900, height: 7n, hash: blockHash(wordOf('0c')) },
    stateHash: wordOf('0d'),
    trees,
  };
  const index = leaves.findIndex((leaf) => leaf.account === account);
  const line = { assetId: 4, amount: 30n, index: BigInt(index), siblings: tree.branchOf(index) };
  return { account, ...committed, commitment: commitmentOf(committed, keccak256), lines: [line] };
}

const textOf = (proof: object): string =>
  JSON.stringify(proof, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

/** The same proof with another name for its assets, which nothing in it proves. */
const withSymbol = (proof: SolvencyProof, symbol: string): SolvencyProof => ({
  ...proof,
  vaults: proof.vaults.map((vault) => ({ ...vault, assets: vault.assets.map((asset) => ({ ...asset, symbol })) })),
});

function fileOf(text: string): string {
  const file = join(folder, `${text.length}.json`);
  writeFileSync(file, text);
  return file;
}

const run = (argv: readonly string[], environment: Record<string, string> = {}) =>
  runSurety(argv, { environment: { SURETY_CONFIG: config, ...environment } });

describe('surety proof', () => {
  it('refuses a changed amount, another account and another commitment by name', async () => {
    const text = textOf(proofOf(ALICE));
    const forged = await run(['proof', 'verify', fileOf(text.replace('"amount":"30"', '"amount":"300"'))]);
    expect([forged.code, forged.told]).toMatchObject([1, expect.stringContaining('PROOF_REFUSED: OTHER_ROOT')]);
    const file = fileOf(text);
    expect((await run(['proof', 'verify', file, '--account', wordOf('0b')])).told).toContain('OTHER_ACCOUNT');
    expect((await run(['proof', 'verify', file, '--commitment', wordOf('0e')])).told).toContain('OTHER_COMMITMENT');
    expect((await run(['proof', 'verify', fileOf('{}')])).told).toContain('NOT_JSON');
  });

  it('writes what an aggregator gives, and accepts it with its commitment', async () => {
    const text = textOf(proofOf(ALICE));
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const made = await run(['proof', 'make', ALICE], { SURETY_AGGREGATOR_URLS: url });
    server.closeAllConnections();
    server.close();
    expect(JSON.parse(made.output)).toEqual(JSON.parse(text));
    const { commitment } = JSON.parse(text) as { commitment: string };
    const checked = await run(['proof', 'verify', fileOf(made.output), '--commitment', commitment, '--json']);
    expect([checked.code, JSON.parse(checked.output)]).toEqual([
      0,
      { account: ALICE, commitment, lines: [{ assetId: 4, amount: '30' }] },
    ]);
    const { output } = await run(['proof', 'verify', fileOf(made.output)]);
    expect(output).toContain(`these lines of ${ALICE} are in the sums:\n  asset 4: 30 units\n`);
    expect(output).toContain(
      'a line that the proof leaves out is not shown: compare with what the ledger has (lineOf)',
    );
  });

  it('tells a proof of solvency by its kind, and refuses what is none, or of another block', async () => {
    const place = { chainId: 900, block: wordOf('0c'), header: '0xc0', account: [], slots: [] };
    const settlement = { ...place, ledger: `0x${'11'.repeat(20)}` };
    const file = fileOf(JSON.stringify({ kind: 'solvency', settlement, vaults: [] }));
    expect(await run(['proof', 'verify', file])).toMatchObject({
      code: 1,
      told: expect.stringContaining('PROOF_REFUSED: BAD_HEADER: a header of chain 900 hashes to'),
    });
    expect(await run(['proof', 'verify', file, '--account', ALICE])).toMatchObject({
      code: 2,
      told: expect.stringContaining('is a proof of solvency; --account and --commitment are for an account’s'),
    });
    const half = await run(['proof', 'verify', fileOf('{"kind":"solvency"}')]);
    expect(half.told).toContain('NOT_JSON');
    expect(half.told).toContain('settlement');
  });

  it('ends well only if a proof of solvency covers every listed asset, and says which it does not', async () => {
    const whole = { credited: 5n, accounted: 7n, held: 7n };
    const verify = (proof: object): ReturnType<typeof run> => run(['proof', 'verify', fileOf(textOf(proof))]);
    expect(await verify(madeSolvencyProof([whole, whole]))).toMatchObject({
      code: 0,
      output: expect.stringContaining(`2 of 2 assets that the ledger lists are in the proof
tokens keep balances in these mappings; compare them with the tokens’ source:
  T1 (1): slot 3, key-first, of token 0x${'30'.repeat(20)}
  T2 (2): slot 3, key-first, of token 0x${'31'.repeat(20)}
`),
    });
    expect(await verify(madeSolvencyProof([whole], { listed: 3 }))).toMatchObject({
      code: 1,
      told: expect.stringContaining(
        'NOT_ALL_PROVEN: not in the proof, of 3 listed assets: 2, 3; expected a proof of every listed asset',
      ),
    });
    expect(await verify(madeSolvencyProof([whole, { ...whole, held: null }]))).toMatchObject({
      code: 1,
      told: expect.stringContaining(
        'NOT_ALL_PROVEN: balance not proven: T2 (asset 2); expected a proof of every listed asset',
      ),
    });
    const marked = (1n << 255n) | 7n;
    expect(await verify(madeSolvencyProof([whole, { ...whole, held: marked }]))).toMatchObject({
      code: 1,
      told: expect.stringContaining(
        `NOT_ALL_PROVEN: balance not proven: T2 (asset 2), whose token marks it (0x8${'0'.repeat(62)}7): frozen, perhaps; expected a proof of every listed asset`,
      ),
    });
    const both = await verify(madeSolvencyProof([{ ...whole, held: 6n }, whole], { listed: 3 }));
    expect(both.code).toBe(1);
    expect(both.told).toContain(
      'NOT_COVERED: T1 (asset 1): the vault lacks 0.000001 of 0.000007; not in the proof, of 3 listed assets: 3; see docs/RUNBOOKS/07-short-vault.md',
    );
    const line = `\n  chain 900: block 23000000 of 2026-11-30T07:00:00Z, 0x${'5e'.repeat(32)}`;
    for (const symbol of [`T1${line}`, 'T1\u2028', 'T1\u001b[8m', 'T'.repeat(21), '']) {
      const { code, output, told } = await verify(withSymbol(madeSolvencyProof([whole]), symbol));
      expect([code, output]).toEqual([1, '']);
      expect(told).toContain('PROOF_REFUSED: BAD_PROOF: the symbol of asset 1 is "');
    }
    expect((await verify(withSymbol(madeSolvencyProof([whole]), 'USD₮0 (bridged)'))).output).toContain(
      'USD₮0 (bridged) (1)',
    );
    expect(await verify(madeSolvencyProof([whole], { beforeS: 3_601n }))).toMatchObject({
      code: 1,
      told: expect.stringContaining('PROOF_REFUSED: BLOCKS_APART: source 1'),
    });
    expect((await verify(madeSolvencyProof([whole], { beforeS: 3_600n }))).code).toBe(0);
  });
});
