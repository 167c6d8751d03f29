import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
// @boundaries-ignore the build knows the workspaces, and runs before any of them is there
import { listProjects } from '../../../build.mjs';
import { at } from '../steps.js';

const binary = (name: string): string => at(`node_modules/.bin/${name}`);
const node = process.execPath;

/** The native turbo of this platform: its launcher would leave it running when stopped. */
function resolveTurbo(): string {
  const system = platform() === 'win32' ? 'windows' : platform();
  const suffix = system === 'windows' ? '.exe' : '';
  const name = `@turbo/${system}-${arch() === 'x64' ? '64' : arch()}/bin/turbo${suffix}`;
  return createRequire(createRequire(at('package.json')).resolve('turbo/package.json')).resolve(name);
}

/** A command with its arguments; where it lies may have to be asked for. */
export type Step = readonly [command: string | (() => string), args: readonly string[]];

/** Steps that read TypeScript, prose and manifests, in their order. */
const ofSources = {
  lock: [node, ['tools/complete-lock.mjs', '--check']],
  // A fresh clone installs what the lock names, or nothing.
  install: ['npm', ['ci', '--dry-run', '--ignore-scripts', '--loglevel=error']],
  format: [binary('prettier'), ['--check', '--log-level=warn', '.']],
  lint: [binary('oxlint'), ['--format=unix', '.']],
  boundaries: [resolveTurbo, ['boundaries']],
  types: [binary('tsc'), ['-b', ...listProjects('tsconfig.json', 'tsconfig.test.json')]],
  'dead-code': [binary('knip'), ['--no-progress']],
  manifests: [binary('sherif'), []],
  tidy: [node, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'tidy', '--reporter=dot']],
} as const satisfies Readonly<Record<string, Step>>;

/** Steps that compile Solidity. `generated` compiles everything anew, and leaves to `contracts` what it compiled. */
const ofContracts = {
  generated: [node, ['packages/contracts/tools/build-abi.mjs', '--check']],
  contracts: [node, ['tools/evidence/dist/contracts/check-contracts.js']],
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
} as const satisfies Readonly<Record<string, Step>>;

export type StepName = keyof typeof ofSources | keyof typeof ofContracts;

/** The steps of the check. Lanes run side by side, the steps of a lane one after another. */
export const lanesOfCheck: readonly Readonly<Record<string, Step>>[] = [ofSources, ofContracts];
