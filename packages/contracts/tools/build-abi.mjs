// Compiles the contracts and writes their TypeScript face to src/generated, which is committed: ABIs as constants, creation code,
// and what is needed to check deployed code.
//   node tools/build-abi.mjs           writes what the sources give, with their fingerprint
//   node tools/build-abi.mjs --check   writes nothing; exit code 1 if a committed file is not what the sources give
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import {
  contracts,
  documented,
  examples,
  files as filesOf,
  fixtures,
  merged,
  modules,
  sourceFolders,
  withoutFixtures,
} from './build-abi-list.mjs';
import {
  fingerprintFile,
  fingerprintSources,
  generated,
  readCommittedFingerprint,
  renewCommand,
  root,
} from './fingerprint.mjs';

const artifacts = path.join(root, 'out/abi');
const artifactsOfFixtures = path.join(root, 'out/abi-fixtures');
const ofTests = { cache: path.join(root, 'cache/solidity-files-cache.json'), artifacts: path.join(root, 'out') };

/** Runs forge's build. @throws if it fails */
function forgeBuild(...args) {
  const { status } = spawnSync(process.execPath, [path.join(root, 'tools/forge.mjs'), 'build', ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`forge build ended with exit code ${status}; its lines are above`);
}

/**
 * Compiles into a folder of its own, so that a test run beside it cannot disturb what is read here. Compiles every file: the optimiser
 * gives other code where forge compiles some files alone, since the compiler then numbers their nodes differently. For the same reason
 * what other projects test with is compiled apart: a change of it gives no deployed contract other code.
 */
function compile() {
  for (const folder of ['out/abi', 'cache/abi', 'out/abi-fixtures', 'cache/abi-fixtures'])
    rmSync(path.join(root, folder), { recursive: true, force: true });
  forgeBuild(...sourceFolders, ...withoutFixtures, '--out', 'out/abi', '--cache-path', 'cache/abi');
  const files = fixtures.map((name) => `solidity/testing/${name}.sol`);
  forgeBuild(...files, '--out', 'out/abi-fixtures', '--cache-path', 'cache/abi-fixtures');
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
  const folder = fixtures.includes(name) ? artifactsOfFixtures : artifacts;
  const file = path.join(folder, `${filesOf[name] ?? name}.sol`, `${name}.json`);
  if (!existsSync(file))
    throw new Error(
      `${name} was not found in ${path.relative(root, folder)}; is it still named in tools/build-abi-list.mjs by mistake?`,
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

/** Gives a contract's code; its runtime code is not repeated, because creation code holds what it deploys. */
function codeFile(name, { bytecode, deployedBytecode }) {
  const libraries = Object.values(bytecode.linkReferences ?? {}).flatMap((inner) => Object.keys(inner));
  if (libraries.length > 0)
    throw new Error(
      `${name} must be linked to ${libraries.join(', ')}, which no deployment plan does; make those functions internal`,
    );
  const runtime = deployedBytecode.object.slice(2);
  const at = bytecode.object.indexOf(runtime);
  if (at < 0) throw new Error(`the creation code of ${name} does not hold its runtime code, which is read from there`);
  const immutables = Object.values(deployedBytecode.immutableReferences ?? {}).flat();
  const code = {
    name,
    creation: bytecode.object,
    runtimeStart: at / 2 - 1,
    runtimeLength: runtime.length / 2,
    immutables: immutables.toSorted((a, b) => a.start - b.start),
  };
  return `${header}import { contractCode } from '../contract-code.js';\n\n/** The code of ${name}. */\nexport const ${camel(name)}Code = contractCode(${JSON.stringify(code)});\n`;
}

/** Names what a core's modules are built from, in the order in which its constructor takes them; calls go by the core's own ABI. */
function modulesFile() {
  const all = Object.values(modules).flat();
  const imports = all.map((name) => `import { ${camel(name)}Code } from './${kebab(name)}.code.js';`);
  const lists = Object.entries(modules).map(([core, names]) => {
    const rows = names.map((name) => {
      const constructor = plain(readArtifact(name).abi.filter(({ type }) => type === 'constructor'));
      return `  { part: '${kebab(name)}', code: ${camel(name)}Code, abi: ${JSON.stringify(constructor)} },`;
    });
    return `/** The modules of a ${core}, in the order in which its constructor takes them. */\nexport const ${camel(core).replace('collateral', '').toLowerCase()}Modules: readonly ModuleCode[] = [\n${rows.join('\n')}\n];`;
  });
  return `${header}import type { ModuleCode } from '../contract-code.js';\n${imports.join('\n')}\n\n${lists.join('\n\n')}\n`;
}

/** Writes a parameter's type as signatures have it: a struct as its members. */
const canonicalType = ({ type, components }) =>
  components === undefined ? type : type.replace('tuple', `(${components.map(canonicalType).join(',')})`);
const signatureOf = ({ name, inputs }) => `${name}(${inputs.map(canonicalType).join(',')})`;

/** Who may call, as NatSpec says it: in brackets before the details or after the notice, or as a sentence. */
const callersNote = /^\[([^\]]+)\]|\s*\[([^\]]+)\]$|\s*Anyone may(?: call it)?\.(?=$| )/;

/** Gives what the sources say of one function: its notice, who may call it, and its parameters by name. */
function documentOf({ userdoc, devdoc }, signature) {
  const text = userdoc.methods?.[signature]?.notice;
  if (text === undefined) return undefined;
  const { details = '', params = {} } = devdoc.methods?.[signature] ?? {};
  const oneLine = text.replaceAll(/\s+/g, ' ').trim();
  const found = callersNote.exec(oneLine) ?? callersNote.exec(details);
  const parameters = Object.entries(params).map(([name, words]) => [name, words.replaceAll(/\s+/g, ' ').trim()]);
  return {
    notice: oneLine.replace(callersNote, ''),
    ...(found === null ? {} : { callers: found[1] ?? found[2] ?? 'anyone' }),
    parameters: Object.fromEntries(parameters),
  };
}

/** Gives the notes on every function of a contract that changes something; the first contract that has a notice gives it. */
function documentsOf(name) {
  const documents = {};
  for (const { output } of [name, ...(merged[name] ?? [])].map((one) => readArtifact(one).metadata))
    for (const item of output.abi) {
      if (item.type !== 'function' || ['view', 'pure'].includes(item.stateMutability)) continue;
      const signature = signatureOf(item);
      const document = documents[signature] ?? documentOf(output, signature);
      if (document !== undefined) documents[signature] = document;
    }
  return documents;
}

/** Gives the NatSpec of what people call, as a module of its own: ABIs have no room for it. */
function documentsFile() {
  const all = Object.fromEntries(documented.map((name) => [name, documentsOf(name)]));
  return `${header}import type { CallDocument } from '../call-document.js';\n\n/** NatSpec of the functions that people call, by contract and signature. */\nexport const CALL_DOCUMENTS: Readonly<Record<string, Readonly<Record<string, CallDocument>>>> = ${JSON.stringify(all, undefined, 2)};\n`;
}

/** Collects what some contracts say of each custom error, by signature. */
function errorNoticesOf(names) {
  const notices = new Map();
  for (const name of names) {
    const { errors = {} } = JSON.parse(readArtifact(name).rawMetadata).output.userdoc;
    for (const [signature, [{ notice = '' } = {}]] of Object.entries(errors)) {
      const said = notices.get(signature) ?? notices.set(signature, new Set()).get(signature);
      if (notice !== '') said.add(notice.replaceAll(/\s+/g, ' ').trim());
    }
  }
  return notices;
}

/**
 * Gives what NatSpec says of custom errors, by signature, in the contract's raw metadata: forge drops it from what it parses. A revert
 * does not name its contract, so a signature of which two contracts say different things is left out.
 */
function errorsFile() {
  const product = contracts.filter((name) => !examples.includes(name)).flatMap((one) => [one, ...(merged[one] ?? [])]);
  const notices = new Map([...errorNoticesOf(examples), ...errorNoticesOf(product)]);
  const known = [...notices].filter(([, said]) => said.size === 1).map(([signature, [notice]]) => [signature, notice]);
  const all = Object.fromEntries(known.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return `${header}/** NatSpec of custom errors, by signature; absent where contracts say different things of one signature. */\nexport const ERROR_NOTICES: Readonly<Record<string, string>> = ${JSON.stringify(all, undefined, 2)};\n`;
}

/** Gives the text of every generated file by its name. */
function textsOf() {
  const inside = new Set(Object.values(modules).flat());
  const texts = new Map();
  for (const name of [...contracts, ...fixtures]) {
    const artifact = readArtifact(name);
    texts.set(`${kebab(name)}.code.ts`, codeFile(name, artifact));
    if (inside.has(name)) continue;
    const others = (merged[name] ?? []).map((other) => readArtifact(other).abi);
    texts.set(`${kebab(name)}.abi.ts`, abiFile(name, { abi: mergeAbi(artifact.abi, others) }));
  }
  texts.set('modules.ts', modulesFile());
  texts.set('call-documents.ts', documentsFile());
  texts.set('error-notices.ts', errorsFile());
  const exports = [...texts.keys()].map((file) => `export * from './${file.replace(/\.ts$/, '.js')}';`);
  texts.set('index.ts', `${header}${exports.toSorted().join('\n')}\n`);
  texts.set(fingerprintFile, `${fingerprintSources()}\n`);
  return texts;
}

/** Writes every file and then removes those of an earlier run, so that a reader beside it always finds a whole set. */
function write(texts) {
  mkdirSync(generated, { recursive: true });
  for (const [file, text] of texts) writeFileSync(path.join(generated, file), text);
  for (const file of readdirSync(generated)) if (!texts.has(file)) rmSync(path.join(generated, file));
}

/** Lists the committed files that are missing, differ or are of no contract. */
function findDifferences(texts) {
  const committed = new Set(existsSync(generated) ? readdirSync(generated) : []);
  const differs = (file) =>
    !committed.has(file) || readFileSync(path.join(generated, file), 'utf8') !== texts.get(file);
  return [...[...texts.keys()].filter(differs), ...[...committed].filter((file) => !texts.has(file))];
}

const flags = process.argv.slice(2);
if (flags.some((flag) => flag !== '--check')) {
  process.stderr.write(`build-abi does not know ${flags.join(' ')}; it knows --check\n`);
  process.exit(2);
}
compile();
seedTests();
const texts = textsOf();
if (flags.length === 0) {
  write(texts);
} else {
  const different = findDifferences(texts);
  if (different.length > 0) {
    process.stderr.write(
      `${different.map((file) => `packages/contracts/src/generated/${file} is not what the sources give`).join('\n')}\n` +
        `expected fingerprint ${fingerprintSources()}, seen ${readCommittedFingerprint()}; run ${renewCommand} and commit what it writes\n`,
    );
    process.exitCode = 1;
  }
}
