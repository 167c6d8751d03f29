// What the campaigns of the contracts share: their seeds, forge as a child and its report, and the sources.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { refuse } from '../options.js';
import { at, runCommand } from '../steps.js';

/** The folder of the contracts' package. */
export const packageRoot = at('packages/contracts');

const forgeScript = at('packages/contracts/tools/forge.mjs');

type Environment = Readonly<Record<string, string>>;
type Printed = ReturnType<typeof runCommand>;

/** Result of one test, as forge gives it. */
export interface TestResult {
  readonly status: 'Success' | 'Failure' | 'Skipped';
  readonly reason?: string | null;
  readonly counterexample?: unknown;
  readonly kind: {
    readonly Fuzz?: { readonly runs: number };
    readonly Invariant?: { readonly calls: number; readonly runs: number };
  };
}

/** Forge's JSON report: the tests of each suite, by `file:contract` and then by signature. */
export type Report = Readonly<Record<string, { readonly test_results: Readonly<Record<string, TestResult>> }>>;

/** One test of a report. */
export interface ReportedTest {
  readonly suite: string;
  readonly file: string;
  readonly contract: string;
  /** The name, without its parameters. */
  readonly test: string;
  readonly result: TestResult;
}

/** Derives forge's seed for one part of a campaign from the campaign's own. */
export const seedOf = (seed: number, ...parts: readonly (number | string)[]): string =>
  `0x${createHash('sha256')
    .update([seed, ...parts].join('/'))
    .digest('hex')}`;

/** Runs forge once, without the counts that tests ask for in `npm test`, and answers its exit code and what it printed. */
export const runForge = (args: readonly string[], env: Environment = {}): Printed =>
  runCommand(process.execPath, [forgeScript, ...args], { env: { FOUNDRY_PROFILE: 'default', ...env }, output: 'keep' });

/** Runs forge on tests that the optimizer has seen: kept in folders of their own, minutes more to compile, twice as fast to run. */
export const runOptimized = (args: readonly string[], env: Environment = {}): Printed =>
  runForge(args, {
    ...env,
    FOUNDRY_OUT: 'out/campaign',
    FOUNDRY_CACHE_PATH: 'cache/campaign-forge',
    SURETY_OPTIMIZED_TESTS: '1',
  });

/** Names files as forge takes them: one as it is, more in braces. */
export const globOf = (files: readonly string[]): string =>
  files.length === 1 && files[0] !== undefined ? files[0] : `{${files.join(',')}}`;

/** Compiles the tests of some files, as a campaign runs them, so that the runs that follow only run. */
export async function compileTests(files: readonly string[]): Promise<void> {
  const { code, text } = await runOptimized(['test', '--match-path', globOf(files), '--list']);
  if (code !== 0) refuse(`the tests of ${globOf(files)} do not compile:\n${text}`);
}

/** Returns forge's JSON report, which is the last line that begins with a brace; undefined if it printed none. */
export function parseReport(text: string): Report | undefined {
  const line = text.split('\n').findLast((one) => one.startsWith('{'));
  return line === undefined ? undefined : (JSON.parse(line) as Report);
}

/** Lists the tests of a report. */
export const testsOf = (report: Report): readonly ReportedTest[] =>
  Object.entries(report).flatMap(([suite, { test_results: results }]) => {
    const [file = '', contract = ''] = suite.split(':');
    return Object.entries(results).map(([signature, result]) => ({
      suite,
      file,
      contract,
      test: signature.replace(/\(.*/, ''),
      result,
    }));
  });

/** Lists every Solidity file of a folder of this package, as paths from the package. */
export const listSolidity = (folder: string): readonly string[] =>
  readdirSync(path.join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sol'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .sort((a, b) => (a < b ? -1 : 1));

/** Returns the text of a file of this package. */
export const readText = (file: string): string => readFileSync(path.join(packageRoot, file), 'utf8');

/** Runs tasks, at most `lanes` at a time, in order. */
export async function runLanes(lanes: number, tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = [...tasks];
  const lane = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
