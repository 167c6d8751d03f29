// Follows docs/INTEGRATE.md in an empty folder outside the repository, block by block. It starts its own chains, and not
// through the line of the other files: nothing of it depends on the aggregator's database, so once is enough.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { developmentTokenAbi } from '@surety/contracts';
import {
  type Devnet,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  awaitReadiness,
  connectWallet,
  devnetAccount,
  marketOf,
  startDevnet,
  waitUntil,
} from '@surety/devnet';
import { type OutputChunk, rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPageSteps, runCommands, writePageFile } from './page-steps.js';
import { runSurety } from './run-surety.js';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = path.join(REPOSITORY, 'docs/INTEGRATE.md');
/** Bytes of the page's module with all that it needs at first, compressed; it was 146,918 when this was written. */
const BUNDLE_MOST = 160_000;
const WITHIN_MS = 60_000;
/** Installing, compiling and testing take seconds each, and minutes beside other work. */
const PATIENT = { timeout: 420_000 };

let root: string;
let devnet: Devnet;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'surety-integrate-'));
  const packed = await follow('The packages', { from: REPOSITORY });
  process.stdout.write(packed.output.join(''));
  devnet = await startDevnet({
    directory: path.join(root, 'network'),
    blockSeconds: 1,
    attesters: 4,
    localVault: true,
  });
  await awaitReadiness(await devnet.start('aggregator'), WITHIN_MS);
});

/** Where a section begins, and what its commands find in their environment. */
interface Way {
  readonly from?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Does what a section of the page says, block by block. Answers where its commands ended, and what each block of them printed. */
async function follow(section: string, { from = root, environment = {} }: Way) {
  let folder = from;
  const output: string[] = [];
  for (const step of readPageSteps(PAGE, section)) {
    if (step.kind === 'file') {
      writePageFile(folder, step);
      continue;
    }
    // The repository's neighbours are not the test's, and it is built: a build now would change what other tests run.
    const commands = step.text
      .replaceAll('../tarballs', path.join(root, 'tarballs'))
      .replaceAll('npm run pack --', 'node tools/pack.mjs');
    const ran = await runCommands(commands, { folder, environment });
    folder = ran.folder;
    output.push(ran.output);
  }
  return { folder, output };
}

afterAll(async () => {
  await devnet?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** Gives alice 1,000 USDS of collateral on the settlement chain, which counts without anybody's signature. */
async function lockForAlice(): Promise<void> {
  const { network } = devnet;
  const wallet = connectWallet(network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '', SETTLEMENT_CHAIN_ID, 'alice');
  const hash = await wallet.writeContract({
    address: marketOf(network).token,
    abi: developmentTokenAbi,
    functionName: 'mint',
    args: [devnetAccount('alice').address, 1_000_000_000n],
  });
  await network.readers.get(SETTLEMENT_CHAIN_ID)?.waitForTransactionReceipt({ hash });
  const environment = { ...devnet.environmentOf('operator'), SURETY_KEY: devnetAccount('alice').key };
  const lock = ['lock', '--chain', 'settlement', '--asset', 'USDS', '--amount', '1000', '--yes'];
  expect((await runSurety(lock, environment)).refusal).toBeUndefined();
  await waitUntil({
    what: 'the lock counts for initial margin',
    withinMs: WITHIN_MS,
    probe: async () => {
      const { grades } = await devnet.aggregator.readMargin(accountOf('alice'));
      return grades.initial.freeWad > 0n || undefined;
    },
  });
}

/** Joins a module with all that it needs, for a page. @throws if it needs a module of Node, or something that is not there */
async function bundleForBrowsers(folder: string, module: string): Promise<OutputChunk[]> {
  const bundle = await rolldown({
    cwd: folder,
    input: module,
    platform: 'browser',
    onLog: (_level, log) => {
      throw new Error(`${module} makes no page: ${log.message}`);
    },
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  return output.filter((one) => one.type === 'chunk');
}

/** The folder of the native forge of this platform, as somebody has it on the path who has installed Foundry. */
function findForge(): string {
  const contracts = createRequire(path.join(REPOSITORY, 'packages/contracts/package.json'));
  const launcher = createRequire(contracts.resolve('@foundry-rs/forge/package.json'));
  const platform = `@foundry-rs/forge-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  return path.join(path.dirname(launcher.resolve(`${platform}/package.json`)), 'bin');
}

test('a Solidity team tests its protocol against a ledger for tests', PATIENT, async () => {
  // Forge would fetch a native compiler; here it gets that of npm, as this repository's own contracts do.
  const environment = {
    PATH: `${findForge()}${path.delimiter}${process.env['PATH']}`,
    FOUNDRY_SOLC: path.join(REPOSITORY, 'packages/contracts/tools/solc-shim.cjs'),
    FOUNDRY_OFFLINE: 'true',
  };
  const { folder, output } = await follow('A Solidity team, from an empty folder', { environment });
  expect(output.at(-1)).toContain('2 tests passed, 0 failed');
  expect(output.at(-1)).not.toContain('Warning');
  const paid = await follow('Be paid from liquidations', { from: folder, environment });
  expect(paid.output.at(-1)).toContain('4 tests passed, 0 failed');
  expect(paid.output.at(-1)).not.toContain('Warning');
});

test(
  'a TypeScript team reads a margin, in its tests, from a network and in a bundle for browsers',
  PATIENT,
  async () => {
    await lockForAlice();
    const environment = {
      AGGREGATOR_URL: devnet.aggregatorUrl,
      RPC_URL: devnet.network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '',
      LEDGER: devnet.network.plan.settlement.ledger,
      OWNER: devnetAccount('alice').address,
    };
    const { folder, output } = await follow('A TypeScript team, from an empty folder', { environment });
    expect(output.at(-1)).toMatch(/ fail 0\n/u);
    expect(output.at(-1)).toContain('\nfree by the aggregator 950, by the ledger 950\n');

    const required = `node --input-type=commonjs --eval 'console.log(typeof require("@surety/client").lockCall)'`;
    expect((await runCommands(required, { folder, environment })).output).toBe('function\n');

    const chunks = await bundleForBrowsers(folder, './margin.ts');
    const atFirst = new Set([chunks[0]?.fileName]);
    // A set that grows is walked to its end: what is imported at first, by whatever way.
    for (const name of atFirst)
      chunks.find(({ fileName }) => fileName === name)?.imports.forEach((one) => atFirst.add(one));
    const sizeOf = (needed: boolean) =>
      chunks
        .filter(({ fileName }) => atFirst.has(fileName) === needed)
        .reduce((sum, { code }) => sum + gzipSync(code).length, 0);
    const [first, rest] = [sizeOf(true), sizeOf(false)];
    process.stdout.write(
      `margin.ts for a browser: ${first} bytes compressed at first, ${rest} more if they are needed\n`,
    );
    expect(chunks.map(({ code }) => code).join('')).not.toMatch(/(?:from|import\(|require\()\s*["'`]node:/u);
    expect(first).toBeLessThan(BUNDLE_MOST);
  },
);
