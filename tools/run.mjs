// From a fresh clone to a running demo or a finished test run: installs and builds what is missing, then runs.
//   node tools/run.mjs demo [--json] [--keep] …   the demo of packages/devnet; with --json the last line of stdout is its result
//   node tools/run.mjs test [vitest arguments]    forge and vitest, and the totals of both; with arguments vitest alone
//   node tools/run.mjs bench [vitest arguments]   what is measured, beside the code it measures
//   node tools/run.mjs build                      no more than install and build
//   node tools/run.mjs mark                       npm calls this after an install
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { install, isInstalled, markInstalled } from './install.mjs';
import { at, runCommand, secondsSince } from './steps.mjs';
import { runTests } from './run-tests.mjs';

const [task, ...args] = process.argv.slice(2);
const to = args.includes('--json') ? process.stderr : process.stdout;
const say = (line) => to.write(`[surety] ${line}\n`);

/** The native turbo of this platform: its launcher would leave it running when stopped. */
function resolveTurbo() {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@turbo/${system}-${arch() === 'x64' ? '64' : arch()}/bin/turbo${system === 'windows' ? '.exe' : ''}`;
  return createRequire(createRequire(at('package.json')).resolve('turbo/package.json')).resolve(name);
}

/** Runs one named step and says how long it took; a step that throws ends the run with exit code 1. */
async function step(name, work) {
  const started = Date.now();
  say(`${name} …`);
  try {
    const code = (await work()) ?? 0;
    say(`${name}: ${code === 0 ? 'done' : `exit code ${code}`} after ${secondsSince(started)}`);
    return code;
  } catch (error) {
    say(`${name}: ${error.message}`);
    return 1;
  }
}

async function prepare() {
  if (isInstalled()) say('packages are those of the lock: nothing to install');
  else if ((await step('install', () => install({ say, to }))) !== 0) return 1;
  return step('build', async () => {
    const { code } = await runCommand(resolveTurbo(), ['run', 'build', '--output-logs=errors-only', '--log-order=grouped', '--ui=stream'], { to });
    return code;
  });
}

function runDemo() {
  const entry = at('packages/devnet/dist/demo.js');
  if (!existsSync(entry)) throw new Error(`expected the built demo at packages/devnet/dist/demo.js, found nothing; run npm run build and read its output`);
  // The demo's own stdout stays stdout: with --json its last line is the result.
  return runCommand(process.execPath, [entry, ...args]).then(({ code }) => code);
}

const tasks = {
  demo: () => step('demo', runDemo),
  test: () => runTests({ args, say, step }),
  bench: () => step('bench', async () => (await runCommand(process.execPath, [at('node_modules/vitest/vitest.mjs'), 'bench', '--run', ...args])).code),
  build: () => 0,
};

if (task === 'mark') {
  markInstalled();
} else if (!Object.hasOwn(tasks, task ?? '')) {
  process.stderr.write(`${task ?? 'no task'} is not a task of this script; expected ${Object.keys(tasks).join(', ')}\n`);
  process.exitCode = 2;
} else {
  const started = Date.now();
  const prepared = await prepare();
  process.exitCode = prepared === 0 ? await tasks[task]() : prepared;
  say(`${task}: exit code ${process.exitCode} after ${secondsSince(started)} in all`);
}
