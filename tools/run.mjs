// From a fresh clone to a running demo or a finished test run: installs and builds what is missing, then runs.
//   node tools/run.mjs demo [--json] [--keep] …   the demo of packages/devnet; with --json the last line of stdout is its result
//   node tools/run.mjs scale [locks] [owners]      memory and restart time with that many locks applied
//   node tools/run.mjs soak [--minutes n]         memory of every process over a long run under load
//   node tools/run.mjs rest [--seconds n]         CPU of every process while nothing happens, and how fast one starts
//   node tools/run.mjs test [vitest arguments]    forge and vitest, and the totals of both; with arguments vitest alone
//   node tools/run.mjs bench [--json] [ids]        costs and speeds as ratios to floors and peers
//   node tools/run.mjs kills|lies|reorgs|configs [--seed …] [--count …]   a campaign of faults on real nodes
//   node tools/run.mjs build                      no more than install and build
// Each task builds what changed and checks its types, but for the demo, which a first look should not wait for.
//   node tools/run.mjs mark                       npm calls this after an install
import { existsSync } from 'node:fs';
import { markInstalled } from './install.mjs';
import { prepare } from './prepare.mjs';
import { runCampaign } from './run-campaign.mjs';
import { runTests } from './run-tests.mjs';
import { at, runCommand, runStep, secondsSince } from './steps.mjs';

const [task, ...args] = process.argv.slice(2);
const to = args.includes('--json') ? process.stderr : process.stdout;
const say = (line) => to.write(`[surety] ${line}\n`);

/** Runs one of packages/devnet's built entries. Its stdout stays stdout: the demo's last line with --json is its result. */
async function runDevnet(name) {
  const entry = `packages/devnet/dist/${name}.js`;
  if (!existsSync(at(entry))) {
    throw new Error(`expected the built entry ${entry}, found nothing; read the build output above`);
  }
  return (await runCommand(process.execPath, [at(entry), ...args])).code;
}

async function runBench() {
  return (await runCommand(process.execPath, [at('tools/bench/dist/main.js'), ...args])).code;
}

const tasks = {
  demo: () => runStep('demo', say, () => runDevnet('demo')),
  scale: () => runStep('scale', say, () => runDevnet('scale')),
  soak: () => runStep('soak', say, () => runDevnet('soak')),
  rest: () => runStep('rest', say, () => runDevnet('rest')),
  test: () => runTests({ args, say }),
  bench: () => runStep('bench', say, runBench),
  ...Object.fromEntries(
    ['kills', 'lies', 'reorgs', 'configs'].map((name) => [name, () => runCampaign({ name, args, say })]),
  ),
  build: () => 0,
};

if (task === 'mark') {
  markInstalled();
} else if (!Object.hasOwn(tasks, task ?? '')) {
  process.stderr.write(
    `${task ?? 'no task'} is not a task of this script; expected ${Object.keys(tasks).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  const started = Date.now();
  const prepared = await prepare({ say, to, isChecked: task !== 'demo' });
  process.exitCode = prepared === 0 ? await tasks[task]() : prepared;
  say(`${task}: exit code ${process.exitCode} after ${secondsSince(started)} in all`);
}
