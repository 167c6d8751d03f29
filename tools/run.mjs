// From a fresh clone to whatever is asked for: installs and builds what is missing, then runs it. `npm run` names each task.
//   node tools/run.mjs <task> [its arguments]   `--help` as an argument tells what a task takes
//   node tools/run.mjs build                    no more than install and build
//   node tools/run.mjs mark                     npm calls this after an install
import { existsSync, readFileSync } from 'node:fs';
import { markInstalled } from './install.mjs';
import { prepare, prepareEvidence } from './prepare.mjs';
import { at, runCommand, runStep, secondsSince } from './steps.mjs';

/** What is built with the product, or needs nothing but the build. */
const product = {
  assemble: 'tools/assemble.mjs',
  pack: 'tools/pack.mjs',
  site: 'tools/site/build-site.mjs',
  demo: 'packages/devnet/dist/demo.js',
  drill: 'packages/devnet/dist/drill.js',
  scale: 'packages/devnet/dist/scale.js',
  soak: 'packages/devnet/dist/soak.js',
  breaches: 'packages/devnet/dist/breaches.js',
  rest: 'packages/devnet/dist/rest.js',
  bench: 'tools/bench/dist/main.js',
};

/** What tools/evidence holds, with words that go before the caller's. A tool that runs the product has it built itself. */
const evidence = {
  test: ['checks/run-tests'],
  check: ['checks/check'],
  'check:plants': ['checks/plant'],
  'crash-points': ['checks/print-crash-points'],
  problems: ['checks/count-problems'],
  simulate: ['simulation/simulate'],
  kills: ['simulation/faults', 'kills'],
  lies: ['simulation/faults', 'lies'],
  reorgs: ['simulation/faults', 'reorgs'],
  configs: ['simulation/faults', 'configs'],
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
async function runEntry(entry, ...before) {
  if (!existsSync(at(entry))) {
    process.stderr.write(`entry: seen no file ${entry}, expected what a build leaves there; npm run build\n`);
    return 1;
  }
  return (await runCommand(process.execPath, [at(entry), ...before, ...args])).code;
}

/** Returns the words at the head of a task's source, which name what it takes; none if it has no such head. */
function usageOf(entry) {
  const source = at(entry.replace(/dist\/(\w+)\.js$/, 'src/$1.ts'));
  const lines = existsSync(source) ? readFileSync(source, 'utf8').split('\n') : [];
  const head = lines.slice(
    0,
    Math.max(
      0,
      lines.findIndex((line) => !line.startsWith('//')),
    ),
  );
  // Some heads name both ways, which differ.
  const way = head.some((line) => line.includes(`npm run ${task}`)) ? `node ${entry}` : `npm run ${task} --`;
  return head.map((line) => `${line.slice(3).replace(`node ${entry}`, way)}\n`).join('');
}

/** Builds the product, runs what needs it, and tells how long everything took. */
async function runOnProduct(work) {
  const started = Date.now();
  const to = args.includes('--json') ? process.stderr : process.stdout;
  const say = (line) => to.write(`[surety] ${line}\n`);
  const prepared = await prepare({ say, to, isChecked: task !== 'demo' });
  const code = prepared === 0 ? await work(say) : prepared;
  say(`${task}: exit code ${code} after ${secondsSince(started)} in all`);
  return code;
}

async function runEvidence([entry, ...before]) {
  const prepared = args.includes('--as-built') ? 0 : await prepareEvidence();
  // The check says what else is wrong, too.
  return prepared === 0 || task === 'check' ? runEntry(`tools/evidence/dist/${entry}.js`, ...before) : prepared;
}

async function runTask() {
  if (task === 'mark') return markInstalled();
  if (task === 'build') return runOnProduct(() => 0);
  // Whoever asks what a task takes does not wait for a build.
  const usage = Object.hasOwn(product, task) && args.includes('--help') ? usageOf(product[task]) : '';
  if (usage !== '') {
    process.stdout.write(usage);
    return 0;
  }
  if (Object.hasOwn(product, task)) return runOnProduct((say) => runStep(task, say, () => runEntry(product[task])));
  if (Object.hasOwn(evidence, task)) return runEvidence(evidence[task]);
  const known = ['build', ...Object.keys(product), ...Object.keys(evidence)];
  process.stderr.write(`task: seen ${task}, expected ${known.join(', ')}; npm run lists them\n`);
  return 2;
}

process.exitCode = await runTask();
