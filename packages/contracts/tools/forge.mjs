#!/usr/bin/env node
// Usage: node packages/contracts/tools/forge.mjs <forge arguments>
// Runs the native forge binary of this platform from packages/contracts, whatever the caller's directory is, and ends
// with forge's own exit code. The npm launcher is not used: it leaves its child running when it is stopped.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

/** Finds the native forge binary beside the `@foundry-rs/forge` package, which depends on one package per platform. */
function resolveForge() {
  const fromHere = createRequire(path.join(packageRoot, 'package.json'));
  const launcher = createRequire(fromHere.resolve('@foundry-rs/forge/package.json'));
  const platform = `@foundry-rs/forge-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return path.join(path.dirname(launcher.resolve(`${platform}/package.json`)), 'bin', `forge${suffix}`);
}

const env = { FOUNDRY_PROFILE: 'ring', ...process.env };
const child = spawn(resolveForge(), process.argv.slice(2), { cwd: packageRoot, env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('error', (cause) => {
  process.stderr.write(`forge could not be started: ${cause.message}; install the packages again with npm ci\n`);
  process.exitCode = 2;
});
child.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
});
