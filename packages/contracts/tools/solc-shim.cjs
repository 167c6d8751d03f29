#!/usr/bin/env node
'use strict';
// Lets forge use the solc package of npm as if it were a native compiler: forge asks `--version` on every run and
// sends one `--standard-json` document with every source inlined, so no other flag matters.
const { createRequire } = require('node:module');
const fs = require('node:fs');
const path = require('node:path');

const packageRoot = path.join(__dirname, '..');
const requireFromPackage = createRequire(path.join(packageRoot, 'package.json'));
const flags = process.argv.slice(2);

/** Loading the compiler takes half a second, so its version text is kept in the cache, named by the package's version. */
function versionText() {
  const { version } = requireFromPackage('solc/package.json');
  const kept = path.join(packageRoot, 'cache', `solc-${version}.version`);
  if (fs.existsSync(kept)) return fs.readFileSync(kept, 'utf8');
  const text = requireFromPackage('solc').version().replace('.Emscripten.clang', '.Linux.g++');
  fs.mkdirSync(path.dirname(kept), { recursive: true });
  const draft = `${kept}.${process.pid}`;
  fs.writeFileSync(draft, text);
  fs.renameSync(draft, kept);
  return text;
}

if (flags.includes('--version')) {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${versionText()}\n`);
} else if (flags.includes('--standard-json')) {
  const input = fs.readFileSync(0, 'utf8');
  process.stdout.write(requireFromPackage('solc').compile(input));
} else {
  process.stderr.write(`solc-shim knows --version and --standard-json, but was called with: ${flags.join(' ')}\n`);
  process.exitCode = 2;
}
