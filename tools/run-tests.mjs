// Runs forge and vitest to their ends and says the totals of both; one failing never hides the other.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { at, runCommand, runStep } from './steps.mjs';

/** Says whether the tests on PostgreSQL will run, and fails early where a server was promised and none answers. */
async function announcePostgres(say) {
  const url = process.env.SURETY_TEST_POSTGRES_URL;
  if (!url) {
    say(
      'PostgreSQL: its tests are SKIPPED, because SURETY_TEST_POSTGRES_URL is not set (for example postgres://postgres@127.0.0.1:5432/postgres); SQLite is tested in full',
    );
    return 0;
  }
  const { hostname, port } = new URL(url);
  const answers = await new Promise((resolve) => {
    const socket = connect({ host: hostname || '127.0.0.1', port: Number(port || 5432), timeout: 3000 });
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    for (const event of ['error', 'timeout']) socket.once(event, () => (socket.destroy(), resolve(false)));
  });
  if (answers) say(`PostgreSQL: ${hostname}:${port || 5432} answers, its tests run`);
  else
    say(
      `PostgreSQL: SURETY_TEST_POSTGRES_URL names ${hostname}:${port || 5432}, where nothing answers; start the server or unset the variable`,
    );
  return answers ? 0 : 1;
}

/** forge's counts from its closing line; a run without that line counts as one failure. */
function parseForgeTotals(text, code) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const line = /(\d+) tests? passed, (\d+) failed, (\d+) skipped/.exec(text);
  if (line) [totals.passed, totals.failed, totals.skipped] = line.slice(1).map(Number);
  if (code !== 0 && totals.failed === 0) totals.failed = 1;
  return totals;
}

/** Keeps what forge prints until its end: vitest runs beside it. */
async function runForge() {
  const { code, text } = await runCommand(process.execPath, [at('packages/contracts/tools/forge.mjs'), 'test'], {
    output: 'keep',
  });
  process.stdout.write(text);
  return parseForgeTotals(text, code);
}

/** vitest's counts from its JSON report; a run that wrote none, or failed outside a test, counts as one failure. */
async function runVitest(args) {
  const folder = mkdtempSync(path.join(tmpdir(), 'surety-test-'));
  const report = path.join(folder, 'vitest.json');
  try {
    const { code } = await runCommand(process.execPath, [
      at('node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ]);
    const totals = { passed: 0, failed: 0, skipped: 0 };
    try {
      const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
        readFileSync(report, 'utf8'),
      );
      Object.assign(totals, {
        passed: numPassedTests,
        failed: numFailedTests,
        skipped: numPendingTests + numTodoTests,
      });
    } catch {
      totals.failed = 1;
    }
    if (code !== 0 && totals.failed === 0) totals.failed = 1;
    return totals;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the tests and answers the exit code. With arguments, those go to vitest and forge is left out; without, campaigns are. */
export async function runTests({ args, say }) {
  if ((await announcePostgres(say)) !== 0) return 1;
  const counts = [];
  const count = (runner, work) =>
    runStep(runner, say, async () => {
      const totals = await work();
      counts.push({ runner, ...totals });
      return totals.failed === 0 ? 0 : 1;
    });
  // Side by side: the Solidity compiler holds one core for minutes.
  const forge = args.length === 0 ? count('forge', runForge) : undefined;
  await Promise.all([forge, count('vitest', () => runVitest(args.length === 0 ? ['--project', '!campaigns'] : args))]);
  for (const { runner, passed, failed, skipped } of counts)
    say(`${runner}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  const sum = (key) => counts.reduce((total, totals) => total + totals[key], 0);
  say(`tests: ${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return sum('failed') === 0 ? 0 : 1;
}
