import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { at } from '../steps.js';

/** A tree with the scripts that build this one, and programs that only write down how they were started. */
let tree: string;

/** The programs that a build starts. */
const STARTED = [
  'node_modules/typescript/bin/tsc',
  'apps/dashboard/node_modules/vite/bin/vite.js',
  'tools/bundle.mjs',
  'packages/contracts/tools/check-fingerprint.mjs',
];
const WRITES_DOWN = `import { appendFileSync } from 'node:fs';
const [, program, ...args] = process.argv;
appendFileSync(process.env.TREE + '/starts', [program.replace(process.env.TREE + '/', ''), ...args].join(' ') + '\\n');
process.exit(program.endsWith(process.env.FAILS) ? 3 : 0);
`;
/** Installs nothing. Its bindings are ready once the compiler was started, and never in a build that waits for them. */
const INSTALL = `import { appendFileSync, readFileSync, watch } from 'node:fs';
export const isInstalled = () => false;
export const install = async () => 0;
export const addBindings = () => new Promise((resolve) => {
  appendFileSync('starts', 'bindings begin\\n');
  const watcher = watch('starts', () => {
    if (!readFileSync('starts', 'utf8').includes('bin/tsc')) return;
    watcher.close();
    appendFileSync('starts', 'bindings end\\n');
    resolve(0);
  });
});
`;
const DRIVER = `import { prepare } from './tools/prepare.mjs';
process.exitCode = await prepare({ say: () => {}, to: process.stdout, isChecked: process.env.CHECKED === 'true' });
`;

function put(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
  writeFileSync(path.join(tree, file), text);
}

beforeEach(() => {
  tree = mkdtempSync(path.join(tmpdir(), 'surety-cold-build-'));
  put('package.json', '{"type":"module"}');
  put('starts', '');
  put('driver.mjs', DRIVER);
  for (const name of ['build.mjs', 'prepare.mjs', 'steps.mjs'])
    cpSync(at(`tools/${name}`), path.join(tree, 'tools', name));
  put('tools/install.mjs', INSTALL);
  for (const program of STARTED) put(program, WRITES_DOWN);
  for (const room of ['packages/one', 'packages/two', 'apps/watcher', 'apps/dashboard', 'test', 'tools/bench'])
    put(`${room}/tsconfig.json`, '{}');
});
afterEach(() => rmSync(tree, { recursive: true, force: true }));

/** Builds from nothing. Returns the exit code and what was started, in order. */
function build(more: Readonly<Record<string, string>> = {}): {
  readonly code: number | null;
  readonly starts: string[];
} {
  const env = { PATH: process.env['PATH'], FAILS: 'nothing', CHECKED: 'true', TREE: tree, ...more };
  const { status } = spawnSync(process.execPath, ['driver.mjs'], { cwd: tree, env, timeout: 60_000 });
  return { code: status, starts: readFileSync(path.join(tree, 'starts'), 'utf8').trimEnd().split('\n') };
}

it('starts the compiler once for all workspaces, with bindings and the page beside it', () => {
  const { code, starts } = build();
  expect(code).toBe(0);
  expect(starts.filter((one) => one.includes('bin/tsc'))).toEqual([
    'node_modules/typescript/bin/tsc -b packages/one/tsconfig.json packages/two/tsconfig.json apps/dashboard/tsconfig.json apps/watcher/tsconfig.json tools/bench/tsconfig.json',
  ]);
  const order = (text: string): number => starts.findIndex((one) => one.includes(text));
  expect(order('bindings begin')).toBeLessThan(order('bin/tsc'));
  expect(order('bin/tsc')).toBeLessThan(order('bindings end'));
  expect(starts.filter((one) => one.includes('vite.js build'))).toHaveLength(1);
});

it('leaves types out where they were checked before, as for the demo', () => {
  const { starts } = build({ CHECKED: 'false' });
  expect(starts.find((one) => one.includes('bin/tsc'))).toContain(' -b --noCheck ');
});

it('joins no programs that were not compiled, and says so by its code', () => {
  const { code, starts } = build({ FAILS: 'bin/tsc' });
  expect([code, starts.some((one) => one.includes('bundle.mjs'))]).toEqual([3, false]);
});
