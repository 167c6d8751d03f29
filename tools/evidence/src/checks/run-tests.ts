// Runs forge and vitest to their ends and says the totals of both; one failing never hides the other.
//   npm test                       every test of contracts, packages and apps, few draws for each, and one lock from end to end
//   npm test -- --full             all draws, and everything on whole deployments but campaigns and the page in a browser
//   npm test -- --project domain   vitest alone, with these arguments
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareProduct } from '../product.js';
import { at, runCommand, runStep, top } from '../steps.js';
import { runVitest } from '../vitest.js';
import { fullProjects, shortProjects } from './projects.js';
import { type Totals, readForgeTotals, readVitestTotals } from './totals.js';

const say = (line: string): void => void process.stdout.write(`[surety] ${line}\n`);

/** Returns whether the tests on PostgreSQL will run, and fails early where a server was promised and none answers. */
async function announcePostgres(): Promise<number> {
  const url = process.env['SURETY_TEST_POSTGRES_URL'];
  if (!url) {
    say(
      'PostgreSQL: its tests are SKIPPED, because SURETY_TEST_POSTGRES_URL is not set (for example postgres://postgres@127.0.0.1:5432/postgres); SQLite is tested in full',
    );
    return 0;
  }
  const { hostname, port } = new URL(url);
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: hostname || '127.0.0.1', port: Number(port || 5432), timeout: 3000 });
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    for (const event of ['error', 'timeout'] as const) socket.once(event, () => (socket.destroy(), resolve(false)));
  });
  if (answers) say(`PostgreSQL: ${hostname}:${port || 5432} answers, its tests run`);
  else
    say(
      `PostgreSQL: SURETY_TEST_POSTGRES_URL names ${hostname}:${port || 5432}, where nothing answers; start the server or unset the variable`,
    );
  return answers ? 0 : 1;
}

/** Keeps what forge prints until its end: vitest runs beside it. */
async function runForge(isFull: boolean): Promise<Totals> {
  const { code, text } = await runCommand(process.execPath, [at('packages/contracts/tools/forge.mjs'), 'test'], {
    output: 'keep',
    ...(isFull ? {} : { env: { FOUNDRY_PROFILE: 'short' } }),
  });
  process.stdout.write(text);
  return readForgeTotals(text, code);
}

async function runVitestTests(args: readonly string[]): Promise<Totals> {
  const folder = mkdtempSync(path.join(tmpdir(), 'surety-test-'));
  const report = path.join(folder, 'vitest.json');
  try {
    const { code } = await runVitest(['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args]);
    return readVitestTotals(existsSync(report) ? readFileSync(report, 'utf8') : '', code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runTests(args: readonly string[]): Promise<number> {
  if (args.includes('--full') && args.length > 1) {
    say(`options: seen ${args.join(' ')}, expected --full alone, or options of vitest; npm test -- --full`);
    return 2;
  }
  if ((await prepareProduct()) !== 0 || (await announcePostgres()) !== 0) return 1;
  const counts: (Totals & { readonly runner: string })[] = [];
  const count = (runner: string, work: () => Promise<Totals>): Promise<number> =>
    runStep(runner, say, async () => {
      const totals = await work();
      counts.push({ runner, ...totals });
      return totals.failed === 0 ? 0 : 1;
    });
  const isFull = args[0] === '--full';
  const projects = isFull ? fullProjects() : shortProjects();
  if (args.length > 0 && !isFull) {
    await count('vitest', () => runVitestTests(args));
  } else {
    // Side by side: the Solidity compiler holds one core for minutes.
    const forge = count('forge', () => runForge(isFull));
    await count('vitest', () => runVitestTests(projects.flatMap((name) => ['--project', name])));
    if (!isFull) await count('end to end', () => runVitestTests(['--project', 'e2e', 'lock-to-credit']));
    await forge;
  }
  for (const { runner, passed, failed, skipped } of counts)
    say(`${runner}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  for (const { runner, failures } of counts)
    for (const failure of failures) say(`failed: ${runner}: ${failure.replace(top, '')}`);
  const sum = (key: Exclude<keyof Totals, 'failures'>): number =>
    counts.reduce((total, totals) => total + totals[key], 0);
  say(`tests: ${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return sum('failed') === 0 ? 0 : 1;
}

process.exitCode = await runTests(process.argv.slice(2));
