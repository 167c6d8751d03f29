// Everything that can be said about the tree without running it: `npm run check`, or `npm run check -- lint types`.
// Each step is named with its time, all failures are listed at the end, nothing repairs itself.
// `--as-built` leaves out installing and building, where that was just done.
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { listProjects } from './build.mjs';
import { prepare } from './prepare.mjs';
import { at, runCommand, runStep, secondsSince } from './steps.mjs';

const say = (line) => process.stdout.write(`[check] ${line}\n`);
const binary = (name) => at(`node_modules/.bin/${name}`);
const node = process.execPath;

/** The native turbo of this platform: its launcher would leave it running when stopped. */
function resolveTurbo() {
  const system = platform() === 'win32' ? 'windows' : platform();
  const suffix = system === 'windows' ? '.exe' : '';
  const name = `@turbo/${system}-${arch() === 'x64' ? '64' : arch()}/bin/turbo${suffix}`;
  return createRequire(createRequire(at('package.json')).resolve('turbo/package.json')).resolve(name);
}

const steps = {
  lock: [node, ['tools/complete-lock.mjs', '--check']],
  format: [binary('prettier'), ['--check', '--log-level=warn', '.']],
  lint: [binary('oxlint'), ['--format=unix', '.']],
  boundaries: [resolveTurbo, ['boundaries']],
  types: [binary('tsc'), ['-b', ...listProjects('tsconfig.json', 'tsconfig.test.json')]],
  'dead-code': [binary('knip'), ['--no-progress']],
  manifests: [binary('sherif'), []],
  contracts: [node, ['packages/contracts/tools/check-contracts.mjs']],
  generated: [node, ['packages/contracts/tools/build-abi.mjs', '--check']],
  'solidity-lint': [
    node,
    // Its compiler output lies apart: it holds no bytecode, which other steps need.
    [
      'packages/contracts/tools/forge.mjs',
      'lint',
      'solidity',
      '../requirements/solidity',
      '../../examples',
      '--severity',
      'high',
      '-D',
      'warnings',
      '--out',
      'out/lint',
      '--cache-path',
      'cache/lint',
    ],
  ],
  tidy: [node, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'tidy', '--reporter=dot']],
};

const asBuilt = process.argv.includes('--as-built');
const wanted = process.argv.slice(2).filter((argument) => argument !== '--as-built');
const unknown = wanted.filter((name) => !Object.hasOwn(steps, name));
if (unknown.length > 0) {
  process.stderr.write(`${unknown.join(', ')}: no such step; expected ${Object.keys(steps).join(', ')}\n`);
  process.exit(2);
}

const started = Date.now();
const failures = [];
if (!asBuilt && (await prepare({ say, to: process.stdout })) !== 0) failures.push('build');
for (const [name, [command, args]] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const code = await runStep(name, say, async () => {
    const path = typeof command === 'function' ? command() : command;
    const result = await runCommand(path, args, { output: 'keep', env: { NO_COLOR: '1' } });
    if (result.code !== 0) process.stdout.write(`${result.text.trimEnd()}\n`);
    return result.code;
  });
  if (code !== 0) failures.push(name);
}

say(
  failures.length === 0
    ? `green after ${secondsSince(started)}`
    : `RED after ${secondsSince(started)}: ${failures.join(', ')}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
