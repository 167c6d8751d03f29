// Checks what the compiler says of the contracts: code sizes, storage layouts, what a core and its modules answer, the tables of
// routes, and the tests that INVARIANTS.md names.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { flag, readOptions, refuse } from '../options.js';
import { modules, outFlags, readArtifact, sizeOf, sourceFolders, withoutFixtures } from './compiled.js';
import { listSolidity, packageRoot, readText, runForge } from './forge.js';
import { type Core, routesFile, routesOf } from './routes.js';
import { type DescribedLayout, type Layouts, byCodePoint, compareLayouts, describeLayout } from './storage-layout.js';

/** EIP-170. */
const CODE_SIZE_MAX = 24_576;
/** EIP-3860, less room for the arguments that a constructor takes. */
const CREATION_SIZE_MAX = 49_152 - 1_024;
const SNAPSHOT = 'storage-layout.json';

const options = readOptions({
  command: 'npm run contracts:check --',
  about:
    'Compiles the contracts and checks their sizes, layouts, modules and routes, and the tests that INVARIANTS.md names. Exit 1 on a fault, 2 when the sources do not compile.',
  options: {
    write: flag('renew storage-layout.json and the tables of routes'),
    'no-build': flag('check what was compiled last'),
  },
});

/** Lists what the sources declare that can be deployed: contracts that are not abstract, and libraries. */
function listDeclared(): readonly { readonly file: string; readonly sort: string; readonly name: string }[] {
  const files = readdirSync(path.join(packageRoot, 'solidity'), { recursive: true, encoding: 'utf8' })
    // What other projects test with is compiled apart, and no deployment has it.
    .filter((file) => file.endsWith('.sol') && !/^(?:interfaces|testing\/Test)/u.test(file))
    .sort(byCodePoint);
  return files.flatMap((file) => {
    const text = readText(path.join('solidity', file));
    return [...text.matchAll(/^(contract|library)\s+(\w+)/gm)].map(([, sort = '', name = '']) => ({
      file,
      sort,
      name,
    }));
  });
}

/** Lists the tests that INVARIANTS.md names in backticks and that no test file declares. */
function findMissingTests(): readonly string[] {
  const named = [...readText('INVARIANTS.md').matchAll(/`((?:test|testFuzz|invariant)_\w+)`/g)];
  const declared = new Set(
    listSolidity('test')
      .filter((file) => file.endsWith('.t.sol'))
      .flatMap((file) => [...readText(file).matchAll(/function (\w+)\(/g)])
      .map(([, name]) => name),
  );
  return [...new Set(named.map(([, name = '']) => name))].filter((name) => !declared.has(name));
}

/** The interface of all that answers at the address of a contract whose modules it reaches by delegatecall. */
const faces: Readonly<Record<Core, string>> = { CollateralLedger: 'ILedger', CollateralVault: 'IVault' };

/** Returns a contract's selectors by signature. */
const functionsOf = (name: string): Readonly<Record<string, string>> =>
  readArtifact(`${name}.sol`, name).methodIdentifiers;

/**
 * Lists what would break a delegatecall: a layout that is not the same on both sides, a function that two of them declare
 * and that would therefore never reach the second, and a function of the interface that none declares.
 */
function compareParts(layouts: Layouts, whole: Core): readonly string[] {
  const problems: string[] = [];
  const parts = modules[whole];
  const layoutOf = (name: string): Layouts => ({ [whole]: layouts[name] ?? { variables: {}, structs: {} } });
  const answered = new Map(Object.keys(functionsOf(whole)).map((name) => [name, whole as string]));
  for (const part of parts) {
    for (const name of Object.keys(functionsOf(part))) {
      const first = answered.get(name);
      // Each module keeps the hash of what it was built with; the whole asks for it before it can pass a call on.
      if (first !== undefined && name !== 'initHash()')
        problems.push(`${name} is declared by ${first} and by ${part}; calls reach one of them alone`);
      answered.set(name, first ?? part);
    }
    const differences = compareLayouts(layoutOf(whole), layoutOf(part));
    if (differences.length > 0)
      problems.push(`${whole} (-) and ${part} (+) do not have the same storage layout:\n${differences.join('\n')}`);
  }
  for (const name of Object.keys(functionsOf(faces[whole]))) {
    if (!answered.has(name))
      problems.push(`${name} of ${faces[whole]} is answered by none of ${[whole, ...parts].join(', ')}`);
  }
  return problems;
}

/** Says the sizes of all that can be deployed, and gives their layouts and what is too large. */
function measureDeclared(): { readonly layouts: Layouts; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const layouts: Record<string, DescribedLayout> = {};
  for (const { file, sort, name } of listDeclared()) {
    const artifact = readArtifact(file, name);
    // A library of internal functions alone becomes part of its users' code and is never deployed.
    if (sort === 'library' && Object.keys(artifact.methodIdentifiers).length === 0) continue;
    const [code, creation] = [sizeOf(artifact.deployedBytecode), sizeOf(artifact.bytecode)];
    process.stdout.write(`${name.padEnd(28)} ${String(code).padStart(6)} bytes of ${CODE_SIZE_MAX}\n`);
    if (code >= CODE_SIZE_MAX) problems.push(`${name} has ${code} bytes of code, the limit is ${CODE_SIZE_MAX}`);
    if (creation >= CREATION_SIZE_MAX)
      problems.push(`${name} has ${creation} bytes of creation code, the limit is ${CREATION_SIZE_MAX}`);
    // Tokens and feeds of development chains keep nothing that anybody proves or extends.
    if (sort === 'contract' && !file.startsWith('development')) layouts[name] = describeLayout(artifact.storageLayout);
  }
  return { layouts, problems };
}

/** Compares the layouts with the committed ones, or renews those. */
function judgeLayouts(layouts: Layouts): readonly string[] {
  const snapshot = path.join(packageRoot, SNAPSHOT);
  if (options.write) {
    writeFileSync(snapshot, `${JSON.stringify(layouts, null, 2)}\n`);
    return [];
  }
  if (!existsSync(snapshot)) return [`${SNAPSHOT} is missing; write it with --write and commit it`];
  const differences = compareLayouts(JSON.parse(readFileSync(snapshot, 'utf8')) as Layouts, layouts);
  return differences.length === 0
    ? []
    : [
        `storage layouts differ from ${SNAPSHOT} (- committed, + compiled); if that is meant, run with --write:\n${differences.join('\n')}`,
      ];
}

/** Compares a core's table of routes with what its modules declare, or renews it. */
function judgeRoutes(core: Core): readonly string[] {
  const expected = routesOf(core, functionsOf);
  if (readText(routesFile(core)) === expected) return [];
  if (!options.write)
    return [`${routesFile(core)} is not what the modules declare; renew it with --write and compile again`];
  writeFileSync(path.join(packageRoot, routesFile(core)), expected);
  process.stdout.write(`${routesFile(core)} is renewed: run this again, so that it is compiled\n`);
  return [];
}

if (!options['no-build']) {
  const args = ['build', ...sourceFolders, ...withoutFixtures, ...outFlags];
  const { code, text } = await runForge(args, { FOUNDRY_PROFILE: 'ring' });
  if (code !== 0) refuse(`${text}the sources do not compile`);
}
const { layouts, problems } = measureDeclared();
const cores = Object.keys(faces) as readonly Core[];
const all = [
  ...problems,
  ...judgeLayouts(layouts),
  ...cores.flatMap((core) => [...compareParts(layouts, core), ...judgeRoutes(core)]),
  ...findMissingTests().map((name) => `INVARIANTS.md names ${name}, which no file of test/ declares`),
];
for (const problem of all) process.stderr.write(`${problem}\n`);
process.exitCode = all.length === 0 ? 0 : 1;
