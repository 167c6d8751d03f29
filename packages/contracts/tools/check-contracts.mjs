#!/usr/bin/env node
// Usage: node packages/contracts/tools/check-contracts.mjs [--write] [--no-build]
// Fails (exit 1) when a contract passes the code size limit, when a storage layout is not the committed one in
// storage-layout.json (`--write` renews that file), when a core and its modules differ in layout or in what they answer, when a
// table of routes is not what they declare (`--write` renews it), or when INVARIANTS.md names a test that does not exist.
// Exit 2 on wrong use or when the sources do not compile.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { modules, sourceFolders } from './build-abi-list.mjs';
import { routesFile, routesOf } from './build-routes.mjs';

/** EIP-170. */
const CODE_SIZE_MAX = 24_576;
/** EIP-3860, less room for the arguments that a constructor takes. */
const CREATION_SIZE_MAX = 49_152 - 1_024;

const packageRoot = fileURLToPath(new URL('..', import.meta.url));
const snapshotPath = path.join(packageRoot, 'storage-layout.json');
/** The folders of build-abi.mjs: what `forge test` and `forge lint` write elsewhere may lack code or be half written. */
const outFlags = ['--out', 'out/abi', '--cache-path', 'cache/abi'];
const outDir = path.join(packageRoot, 'out/abi');

/** Orders texts the same on every machine, whatever its language. */
const byCodePoint = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Lists what the sources declare that can be deployed: contracts that are not abstract, and libraries. */
function listDeclared() {
  const files = readdirSync(path.join(packageRoot, 'solidity'), { recursive: true })
    .filter((file) => file.endsWith('.sol') && !file.startsWith('interfaces'))
    .sort(byCodePoint);
  return files.flatMap((file) => {
    const text = readFileSync(path.join(packageRoot, 'solidity', file), 'utf8');
    return [...text.matchAll(/^(contract|library)\s+(\w+)/gm)].map(([, sort, name]) => ({ file, sort, name }));
  });
}

/** Reads the compiler's output for one declaration. */
function readArtifact({ file, name }) {
  const artifact = path.join(outDir, path.basename(file), `${name}.json`);
  if (!existsSync(artifact)) {
    process.stderr.write(`${name} of solidity/${file} has no compiler output at ${artifact}; run without --no-build\n`);
    process.exit(2);
  }
  return JSON.parse(readFileSync(artifact, 'utf8'));
}

/** Gives the bytes of a hex text with or without library placeholders. */
const sizeOf = (bytecode) => (bytecode.object.length - 2) / 2;

/** Turns the compiler's layout into text that does not change when only numbers of syntax nodes do. */
function describeLayout(layout) {
  const labelOf = (type) => layout.types[type].label;
  const placesOf = (members) =>
    Object.fromEntries(
      members.map((member) => [`slot ${member.slot} byte ${member.offset}`, `${labelOf(member.type)} ${member.label}`]),
    );
  const structs = {};
  const visit = (type) => {
    const described = layout.types[type];
    if (described.members && !structs[described.label]) {
      structs[described.label] = placesOf(described.members);
      for (const member of described.members) visit(member.type);
    }
    for (const inner of [described.key, described.value, described.base]) if (inner) visit(inner);
  };
  for (const variable of layout.storage) visit(variable.type);
  return {
    variables: placesOf(layout.storage),
    structs: Object.fromEntries(Object.entries(structs).sort(([a], [b]) => byCodePoint(a, b))),
  };
}

/** Lists the lines of one side that the other lacks. */
function compareLayouts(committed, current) {
  const lines = (prefix, places) => Object.entries(places).map(([place, what]) => `${prefix}: ${place}: ${what}`);
  const flatten = (layouts) =>
    Object.entries(layouts).flatMap(([contract, layout]) => [
      contract,
      ...lines(contract, layout.variables),
      ...Object.entries(layout.structs).flatMap(([struct, members]) => lines(`${contract}: ${struct}`, members)),
    ]);
  const [before, after] = [flatten(committed), flatten(current)];
  return [
    ...before.filter((text) => !after.includes(text)).map((text) => `- ${text}`),
    ...after.filter((text) => !before.includes(text)).map((text) => `+ ${text}`),
  ];
}

/** Lists the tests that INVARIANTS.md names in backticks and that no test file declares. */
function findMissingTests() {
  const named = readFileSync(path.join(packageRoot, 'INVARIANTS.md'), 'utf8').matchAll(
    /`((?:test|testFuzz|invariant)_\w+)`/g,
  );
  const declared = new Set(
    readdirSync(path.join(packageRoot, 'test'), { recursive: true })
      .filter((file) => file.endsWith('.t.sol'))
      .flatMap((file) => [...readFileSync(path.join(packageRoot, 'test', file), 'utf8').matchAll(/function (\w+)\(/g)])
      .map(([, name]) => name),
  );
  return [...new Set([...named].map(([, name]) => name))].filter((name) => !declared.has(name));
}

/** A contract, the modules that it reaches by delegatecall, and the interface of all that answers at its address. */
const divided = [
  { whole: 'CollateralLedger', parts: modules.CollateralLedger, face: 'ILedger' },
  { whole: 'CollateralVault', parts: modules.CollateralVault, face: 'IVault' },
];

/** Gives a contract's selectors by signature. */
const functionsOf = (name) => readArtifact({ file: `${name}.sol`, name }).methodIdentifiers;

/**
 * Lists what would break a delegatecall: a layout that is not the same on both sides, a function that two of them declare
 * and that would therefore never reach the second, and a function of the interface that none declares.
 */
function compareParts(layouts, { whole, parts, face }) {
  const problems = [];
  const answered = new Map(Object.keys(functionsOf(whole)).map((name) => [name, whole]));
  for (const part of parts) {
    for (const name of Object.keys(functionsOf(part))) {
      const first = answered.get(name);
      // Each module keeps the hash of what it was built with; the whole asks for it before it can pass a call on.
      if (first !== undefined && name !== 'initHash()')
        problems.push(`${name} is declared by ${first} and by ${part}; calls reach one of them alone`);
      answered.set(name, first ?? part);
    }
    const differences = compareLayouts({ [whole]: layouts[whole] }, { [whole]: layouts[part] });
    if (differences.length > 0) {
      problems.push(`${whole} (-) and ${part} (+) do not have the same storage layout:\n${differences.join('\n')}`);
    }
  }
  for (const name of Object.keys(functionsOf(face))) {
    if (!answered.has(name)) problems.push(`${name} of ${face} is answered by none of ${[whole, ...parts].join(', ')}`);
  }
  return problems;
}

const known = new Set(['--write', '--no-build']);
const flags = new Set(process.argv.slice(2));
for (const flag of flags) {
  if (!known.has(flag)) {
    process.stderr.write(`check-contracts does not know ${flag}; it knows ${[...known].join(' and ')}\n`);
    process.exit(2);
  }
}
if (!flags.has('--no-build')) {
  const forge = fileURLToPath(new URL('forge.mjs', import.meta.url));
  const built = spawnSync(process.execPath, [forge, 'build', ...sourceFolders, ...outFlags], { encoding: 'utf8' });
  if (built.status !== 0) {
    process.stderr.write(`${built.stdout}${built.stderr}the sources do not compile\n`);
    process.exit(2);
  }
}

const problems = [];
const layouts = {};
for (const declared of listDeclared()) {
  const artifact = readArtifact(declared);
  // A library of internal functions alone becomes part of its users' code and is never deployed.
  if (declared.sort === 'library' && Object.keys(artifact.methodIdentifiers).length === 0) continue;
  const [code, creation] = [sizeOf(artifact.deployedBytecode), sizeOf(artifact.bytecode)];
  process.stdout.write(`${declared.name.padEnd(28)} ${String(code).padStart(6)} bytes of ${CODE_SIZE_MAX}\n`);
  if (code >= CODE_SIZE_MAX) problems.push(`${declared.name} has ${code} bytes of code, the limit is ${CODE_SIZE_MAX}`);
  if (creation >= CREATION_SIZE_MAX) {
    problems.push(`${declared.name} has ${creation} bytes of creation code, the limit is ${CREATION_SIZE_MAX}`);
  }
  // Tokens and feeds of development chains keep nothing that anybody proves or extends.
  if (declared.sort === 'contract' && !declared.file.startsWith('development'))
    layouts[declared.name] = describeLayout(artifact.storageLayout);
}

if (flags.has('--write')) {
  writeFileSync(snapshotPath, `${JSON.stringify(layouts, null, 2)}\n`);
} else if (!existsSync(snapshotPath)) {
  problems.push('storage-layout.json is missing; write it with --write and commit it');
} else {
  const differences = compareLayouts(JSON.parse(readFileSync(snapshotPath, 'utf8')), layouts);
  if (differences.length > 0) {
    problems.push(
      `storage layouts differ from storage-layout.json (- committed, + compiled); if that is meant, run with --write:\n${differences.join('\n')}`,
    );
  }
}
for (const contract of divided) {
  problems.push(...compareParts(layouts, contract));
  const table = path.join(packageRoot, routesFile(contract.whole));
  const expected = routesOf(contract.whole, functionsOf);
  if (readFileSync(table, 'utf8') === expected) continue;
  if (!flags.has('--write')) {
    problems.push(
      `${routesFile(contract.whole)} is not what the modules declare; renew it with --write and compile again`,
    );
  } else {
    writeFileSync(table, expected);
    process.stdout.write(`${routesFile(contract.whole)} is renewed: run this again, so that it is compiled\n`);
  }
}
for (const name of findMissingTests()) {
  problems.push(`INVARIANTS.md names ${name}, which no file of test/ declares`);
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
