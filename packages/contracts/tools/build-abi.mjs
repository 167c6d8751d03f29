// Compiles the contracts and writes their TypeScript face to src/generated: ABIs as constants, creation code, and what is
// needed to check deployed code. Does nothing when neither the sources nor this script changed since the last time.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { contracts, merged, modules, sourceFolders } from './build-abi-list.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const generated = path.join(root, 'src/generated');
const artifacts = path.join(root, 'out/abi');
const ofTests = { cache: path.join(root, 'cache/solidity-files-cache.json'), artifacts: path.join(root, 'out') };
const marker = path.join(generated, '.sources');

/** Orders texts the same on every machine, whatever its language. */
const byCodePoint = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Every file that the generated ones depend on, in a fixed order. */
function sourceFiles() {
  const solidity = sourceFolders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.sol'))
      .map((name) => path.join(folder, name)),
  );
  return [
    ...solidity.toSorted(byCodePoint),
    'foundry.toml',
    'package.json',
    'tools/build-abi.mjs',
    'tools/build-abi-list.mjs',
  ];
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of sourceFiles()) hash.update(file).update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

/** Compiles into a folder of its own, so that a test run beside it cannot disturb what is read here. */
function compile() {
  const args = ['build', ...sourceFolders, '--out', 'out/abi', '--cache-path', 'cache/abi'];
  const { status } = spawnSync(process.execPath, [path.join(root, 'tools/forge.mjs'), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`forge build ended with exit code ${status}; its lines are above`);
}

/** Gives the first run of the tests what was compiled here, so that it compiles no contract again; later ones have their own. */
function seedTests() {
  if (existsSync(ofTests.cache)) return;
  for (const name of readdirSync(artifacts))
    cpSync(path.join(artifacts, name), path.join(ofTests.artifacts, name), { recursive: true });
  const cache = JSON.parse(readFileSync(path.join(root, 'cache/abi/solidity-files-cache.json'), 'utf8'));
  const paths = { ...cache.paths, artifacts: 'out', build_infos: 'out/build-info' };
  writeFileSync(ofTests.cache, JSON.stringify({ ...cache, paths }));
}

function readArtifact(name) {
  const file = path.join(artifacts, `${name}.sol`, `${name}.json`);
  if (!existsSync(file))
    throw new Error(
      `${name} was not found in ${path.relative(root, artifacts)}; is it still named in tools/build-abi-list.mjs by mistake?`,
    );
  return JSON.parse(readFileSync(file, 'utf8'));
}

const camel = (name) => name[0].toLowerCase() + name.slice(1);
const kebab = (name) => name.replaceAll(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

/** Leaves out the compiler's names for types, which nothing reads at run time. */
const plain = (value) =>
  Array.isArray(value)
    ? value.map(plain)
    : value && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([key]) => key !== 'internalType')
            .map(([key, inner]) => [key, plain(inner)]),
        )
      : value;

/** Names an item of an ABI as the chain tells it apart. */
const keyOf = ({ type, name, inputs = [] }) => `${type} ${name}(${JSON.stringify(plain(inputs))})`;

/** Adds what other contracts answer at the same address; the constructor stays the contract's own. */
function mergeAbi(own, others) {
  const seen = new Set(own.map(keyOf));
  const isNew = (item) => item.type !== 'constructor' && !seen.has(keyOf(item)) && seen.add(keyOf(item));
  return [...own, ...others.flat().filter(isNew)];
}

const header = '// Written by tools/build-abi.mjs from the compiled contracts; do not edit.\n';

function abiFile(name, artifact) {
  return `${header}/** The ABI of ${name}. */\nexport const ${camel(name)}Abi = ${JSON.stringify(plain(artifact.abi))} as const;\n`;
}

function codeFile(name, artifact) {
  const { bytecode, deployedBytecode } = artifact;
  const libraries = Object.values(bytecode.linkReferences ?? {}).flatMap((inner) => Object.keys(inner));
  if (libraries.length > 0)
    throw new Error(
      `${name} must be linked to ${libraries.join(', ')}, which no deployment plan does; make those functions internal`,
    );
  const immutables = Object.values(deployedBytecode.immutableReferences ?? {}).flat();
  const code = {
    name,
    creation: bytecode.object,
    runtime: deployedBytecode.object,
    immutables: immutables.toSorted((a, b) => a.start - b.start),
  };
  return `${header}import type { ContractCode } from '../contract-code.js';\n\n/** The code of ${name}. */\nexport const ${camel(name)}Code: ContractCode = ${JSON.stringify(code)};\n`;
}

/** Names what a core's modules are built from, in the order in which its constructor takes them. */
function modulesFile() {
  const all = Object.values(modules).flat();
  const imports = all.map(
    (name) =>
      `import { ${camel(name)}Abi } from './${kebab(name)}.abi.js';\nimport { ${camel(name)}Code } from './${kebab(name)}.code.js';`,
  );
  const lists = Object.entries(modules).map(([core, names]) => {
    const rows = names.map((name) => `  { part: '${kebab(name)}', code: ${camel(name)}Code, abi: ${camel(name)}Abi },`);
    return `/** The modules of a ${core}, in the order in which its constructor takes them. */\nexport const ${camel(core).replace('collateral', '').toLowerCase()}Modules: readonly ModuleCode[] = [\n${rows.join('\n')}\n];`;
  });
  return `${header}import type { ModuleCode } from '../contract-code.js';\n${imports.join('\n')}\n\n${lists.join('\n\n')}\n`;
}

/** Writes every file and then removes those of an earlier run, so that a reader beside it always finds a whole set. */
function generate() {
  mkdirSync(generated, { recursive: true });
  const exports = [];
  const written = new Set(['index.ts']);
  const write = (file, text) => {
    writeFileSync(path.join(generated, file), text);
    written.add(file);
  };
  for (const name of contracts) {
    const artifact = readArtifact(name);
    const others = (merged[name] ?? []).map((other) => readArtifact(other).abi);
    write(`${kebab(name)}.abi.ts`, abiFile(name, { abi: mergeAbi(artifact.abi, others) }));
    exports.push(`export * from './${kebab(name)}.abi.js';`);
    write(`${kebab(name)}.code.ts`, codeFile(name, artifact));
    exports.push(`export * from './${kebab(name)}.code.js';`);
  }
  write('modules.ts', modulesFile());
  exports.push(`export * from './modules.js';`);
  write('index.ts', `${header}${exports.toSorted().join('\n')}\n`);
  for (const file of readdirSync(generated)) if (!written.has(file)) rmSync(path.join(generated, file));
}

const now = fingerprint();
if (existsSync(marker) && readFileSync(marker, 'utf8') === now) {
  console.log('ABIs are those of the sources: nothing to compile.');
} else {
  compile();
  generate();
  seedTests();
  writeFileSync(marker, now);
}
