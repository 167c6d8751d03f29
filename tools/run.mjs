// From a fresh clone to whatever is asked for: installs and builds what is missing, then runs it. `npm run` names each task.
//   node tools/run.mjs <task> [its arguments]   `--help` as an argument tells what a task takes
//   node tools/run.mjs build                    no more than install and build
//   node tools/run.mjs mark                     npm calls this after an install
import { existsSync } from 'node:fs';
import { markInstalled } from './install.mjs';
import { prepare, prepareEvidence } from './prepare.mjs';
import { at, runCommand, runStep, secondsSince } from './steps.mjs';

/** What runs on the built product: packages/devnet's entries and the bench. */
const onProduct = {
  demo: 'packages/devnet/dist/demo.js',
  scale: 'packages/devnet/dist/scale.js',
  soak: 'packages/devnet/dist/soak.js',
  rest: 'packages/devnet/dist/rest.js',
  bench: 'tools/bench/dist/main.js',
};

/** What tools/evidence runs on the built product: a file of its build, and words that go before the caller's. */
const ofProduct = {
  test: ['checks/run-tests'],
  check: ['checks/check'],
  'check:plants': ['checks/plant'],
  kills: ['simulation/faults', 'kills'],
  lies: ['simulation/faults', 'lies'],
  reorgs: ['simulation/faults', 'reorgs'],
  configs: ['simulation/faults', 'configs'],
};

/** What tools/evidence runs on sources: nothing else need be built. */
const ofSources = {
  simulate: ['simulation/simulate'],
  'crash-points': ['checks/print-crash-points'],
  'contracts:check': ['contracts/check-contracts'],
  'contracts:coverage': ['contracts/coverage'],
  'contracts:differential': ['contracts/differential'],
  'contracts:fuzz': ['contracts/fuzz'],
  'contracts:gas': ['contracts/measure-gas'],
  'contracts:invariants': ['contracts/invariants'],
  'contracts:mutate': ['contracts/mutate'],
  'contracts:vectors': ['contracts/trie-vectors'],
  'margin:calibrate': ['margin/calibrate'],
  'margin:mutate': ['margin/mutate'],
  'margin:twin': ['margin/twin'],
  model: ['contracts/model'],
};

const [task = 'nothing', ...args] = process.argv.slice(2);

/** Runs a built entry. Its stdout stays stdout: the demo's last line with --json is its result. */
async function runEntry(entry, entryArgs) {
  if (!existsSync(at(entry))) {
    process.stderr.write(`entry: seen no file ${entry}, expected what a build leaves there; npm run build\n`);
    return 1;
  }
  return (await runCommand(process.execPath, [at(entry), ...entryArgs])).code;
}

const runEvidence = ([entry, ...before]) => runEntry(`tools/evidence/dist/${entry}.js`, [...before, ...args]);

/** Runs what needs the whole product, and tells how long everything took. */
async function runOnProduct(work) {
  const started = Date.now();
  const to = args.includes('--json') ? process.stderr : process.stdout;
  const say = (line) => to.write(`[surety] ${line}\n`);
  const prepared = args.includes('--as-built') ? 0 : await prepare({ say, to, isChecked: task !== 'demo' });
  // A build that fails hides nothing else that the check can see.
  const ran = prepared === 0 || task === 'check' ? await work(say) : 0;
  const code = prepared === 0 ? ran : prepared;
  say(`${task}: exit code ${code} after ${secondsSince(started)} in all`);
  return code;
}

async function runOnSources(entry) {
  const prepared = await prepareEvidence();
  return prepared === 0 ? runEvidence(entry) : prepared;
}

async function runTask() {
  if (task === 'mark') return markInstalled();
  if (task === 'build') return runOnProduct(() => 0);
  if (Object.hasOwn(onProduct, task))
    return runOnProduct((say) => runStep(task, say, () => runEntry(onProduct[task], args)));
  if (Object.hasOwn(ofProduct, task))
    return args.includes('--help') ? runOnSources(ofProduct[task]) : runOnProduct(() => runEvidence(ofProduct[task]));
  if (Object.hasOwn(ofSources, task)) return runOnSources(ofSources[task]);
  const known = ['build', ...[onProduct, ofProduct, ofSources].flatMap((tasks) => Object.keys(tasks))];
  process.stderr.write(`task: seen ${task}, expected ${known.join(', ')}; npm run lists them\n`);
  return 2;
}

process.exitCode = await runTask();
