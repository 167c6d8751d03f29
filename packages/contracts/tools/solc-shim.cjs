#!/usr/bin/env node
'use strict';
// Lets forge use the solc package of npm as if it were a native compiler: forge asks `--version` on every run and
// sends one `--standard-json` document with every source inlined, so no other flag matters.
//
// What forge asks of a test is compiled without the optimizer and without the intermediate language: that takes seconds where
// it would take minutes. Tests that weigh gas keep the optimizer, because what they do around a call is weighed with it. The
// contracts under test, and those in test/harness that inherit from them, are compiled as asked; tests build them from these
// artifacts (`dynamic_test_linking`).
//
// With a filter forge first asks for the interfaces of every test, each time anew: those answers are kept, by what was asked.
//
// `forge coverage` does not link tests to those artifacts. `npm run contracts:coverage` has `forge build` write down the
// linked sources first (SURETY_KEEP_SOURCES, a file; nothing is compiled), and has the tests compiled from them
// (SURETY_LINKED_SOURCES, that file). Contracts are compiled with what coverage asks for, the pruning of what is unused, and
// without the steps that the compiler adds by itself, which merge lines; assembly gets positions (assembly-positions.cjs). Tests
// that weigh gas are not compiled at all.
const { createHash } = require('node:crypto');
const { createRequire } = require('node:module');
const fs = require('node:fs');
const { availableParallelism } = require('node:os');
const path = require('node:path');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const refinePositions = require('./assembly-positions.cjs');

const packageRoot = path.join(__dirname, '..');
const requireFromPackage = createRequire(path.join(packageRoot, 'package.json'));
const flags = process.argv.slice(2);

/** What weighs its own loops or tokens with a contract, or makes the figures of the bench, is compiled like that contract. */
const asAsked = /^(?!test\/)|^test\/harness\/|(GasTable|LedgerGasFloor|VaultLockGas)\.t\.sol$/;
/** How a file is compiled, with what that changes in the settings that forge asks for. */
const kindOf = (file) => (asAsked.test(file) ? 'asked' : /Gas[A-Z.]/.test(file) ? 'gas' : 'test');
const changes = {
  asked: {},
  gas: { viaIR: false },
  // A campaign runs its tests for hours, and has them compiled for that.
  test: { viaIR: false, ...(process.env.SURETY_OPTIMIZED_TESTS ? {} : { optimizer: { enabled: false } }) },
};

/** Set while coverage is measured: the file of linked sources. Tests that weigh gas have nothing to say then. */
const linkedSources = process.env.SURETY_LINKED_SOURCES;
const weighsGas = /^test\/.*Gas[A-Z.]/;

/** Takes the tests of a question from the linked sources, with the helpers that forge wrote for them. */
function linkTests(input) {
  if (linkedSources === undefined) return input;
  const linked = Object.entries(JSON.parse(fs.readFileSync(linkedSources, 'utf8')));
  const tests = linked.filter(([file]) => file.startsWith('test/') || isHelper(file));
  return { ...input, sources: { ...input.sources, ...Object.fromEntries(tests) } };
}

/** Forge's helpers are no files of the project, and forge is not told of them. */
const isHelper = (file) => file.startsWith('foundry-pp/');

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

/** Splits what forge asks into what is compiled as asked and what is compiled quickly; a part with nothing to do is left out. */
function splitInput(input) {
  const { settings } = input;
  if (settings.viaIR !== true || settings.optimizer?.enabled !== true) return [input];
  const asked = Object.entries(settings.outputSelection ?? {}).filter(
    ([file]) => linkedSources === undefined || !weighsGas.test(file),
  );
  return Object.entries(changes).flatMap(([kind, changed]) => {
    const chosen = asked.filter(([file]) => kindOf(file) === kind);
    if (chosen.length === 0) return [];
    return chunksOf(chosen).map((some) => {
      const part = { ...input, settings: { ...settings, ...changed, outputSelection: Object.fromEntries(some) } };
      return kind === 'asked' && linkedSources !== undefined ? tracedInput(part) : part;
    });
  });
}

/**
 * Files whose code one compiler makes: it has 4 GB at most, and all tests together take more (`std::bad_alloc`). Every chunk has the
 * same sources, so each contract gets the same code in whatever chunk it lies.
 */
const FILES_AT_ONCE = 100;

/** Deals files out, so that the large ones of a folder do not meet in one chunk. */
function chunksOf(files) {
  const count = Math.ceil(files.length / FILES_AT_ONCE);
  return Array.from({ length: count }, (_, chunk) => files.filter((_file, at) => at % count === chunk));
}

/** What is asked for contracts whose coverage is measured: `u` prunes what is unused, and no step follows it. */
function tracedInput(input) {
  const { settings } = input;
  const details = { ...settings.optimizer.details, yulDetails: { stackAllocation: true, optimizerSteps: 'u:' } };
  const outputSelection = Object.fromEntries(
    Object.entries(settings.outputSelection).map(([file, some]) => [
      file,
      { ...some, '*': [...(some['*'] ?? []), 'ir'] },
    ]),
  );
  const optimizer = { ...settings.optimizer, details };
  return { ...input, settings: { ...settings, optimizer, debug: { debugInfo: ['location'] }, outputSelection } };
}

/** Compiles a part of what coverage asks; of contracts, the only part that says what its positions are, these are refined. */
function traced(text, compileText) {
  const ask = (question) => JSON.parse(compileText(JSON.stringify(question)));
  const [input, output] = [JSON.parse(text), JSON.parse(compileText(text))];
  if (input.settings.debug !== undefined) refinePositions(input, output, ask);
  return JSON.stringify(output);
}

/** Compiles one document in a thread of its own. */
function compile(input) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: JSON.stringify(input) });
    worker.once('message', (output) => resolve(JSON.parse(output)));
    worker.once('error', reject);
  });
}

/** Compiles documents, as many at a time as there are cores. */
async function compileAll(inputs) {
  const outputs = [];
  let next = 0;
  const work = async () => {
    for (let at = next++; at < inputs.length; at = next++) outputs[at] = await compile(inputs[at]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return outputs;
}

/** All parts have the same sources, hence the same source ids: what they say can stand side by side. */
function mergeOutputs(outputs) {
  const errors = new Map(outputs.flatMap(({ errors: some = [] }) => some.map((one) => [one.formattedMessage, one])));
  const contracts = {};
  for (const output of outputs) {
    for (const [file, some] of Object.entries(output.contracts ?? {})) {
      contracts[file] = { ...contracts[file], ...some };
    }
  }
  const all = Object.assign({}, ...outputs.map((output) => output.sources ?? {}));
  const sources = Object.fromEntries(
    Object.entries(all).filter(([file]) => linkedSources === undefined || !isHelper(file)),
  );
  return { errors: [...errors.values()], contracts, sources };
}

/** Interfaces that were asked for before are read back: the same question to the same compiler has the same answer. */
const KEPT_MAX = 8;

function keptAnswer(text) {
  const asked = Object.values(JSON.parse(text).settings.outputSelection ?? {}).flatMap((file) =>
    Object.values(file).flat(),
  );
  if (asked.length === 0 || asked.some((output) => output !== 'abi')) return undefined;
  const folder = path.join(packageRoot, 'cache', 'solc-answers');
  const key = createHash('sha256').update(versionText()).update(text).digest('hex');
  return { folder, file: path.join(folder, `${key}.json`) };
}

function keepAnswer({ folder, file }, answer) {
  fs.mkdirSync(folder, { recursive: true });
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, answer);
  fs.renameSync(draft, file);
  const kept = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const newestFirst = kept.map((one) => ({ one, at: fs.statSync(one).mtimeMs })).sort((a, b) => b.at - a.at);
  for (const { one } of newestFirst.slice(KEPT_MAX)) fs.rmSync(one, { force: true });
}

/** Writes down the sources of a question and refuses it. */
function keepSources(text, file) {
  fs.writeFileSync(file, JSON.stringify(JSON.parse(text).sources));
  const message = `the sources are written to ${path.basename(file)}; nothing was compiled`;
  const refusal = { severity: 'error', type: 'Kept', component: 'general', message, formattedMessage: message };
  return JSON.stringify({ errors: [refusal], contracts: {}, sources: {} });
}

/** Answers forge's question, from what was kept if it was asked before. */
async function answerTo(text) {
  if (process.env.SURETY_KEEP_SOURCES) return keepSources(text, process.env.SURETY_KEEP_SOURCES);
  const kept = keptAnswer(text);
  if (kept !== undefined && fs.existsSync(kept.file)) return fs.readFileSync(kept.file, 'utf8');
  const answer = JSON.stringify(mergeOutputs(await compileAll(splitInput(linkTests(JSON.parse(text))))));
  if (kept !== undefined) keepAnswer(kept, answer);
  return answer;
}

/** Compiles a text. solc's own `compile` puts it on the compiler's stack, with four bytes a character: ours is too long for that. */
function compileOnHeap(text) {
  const solJson = requireFromPackage('solc/soljson.js');
  const allocate = solJson.cwrap('solidity_alloc', 'number', ['number']);
  const compileAt = solJson.cwrap('solidity_compile', 'string', ['number', 'number', 'number']);
  const size = solJson.lengthBytesUTF8(text) + 1;
  const pointer = allocate(size);
  solJson.stringToUTF8(text, pointer, size);
  return compileAt(pointer, 0, 0);
}

async function main() {
  if (flags.includes('--version')) {
    process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${versionText()}\n`);
  } else if (flags.includes('--standard-json')) {
    process.stdout.write(await answerTo(fs.readFileSync(0, 'utf8')));
  } else {
    process.stderr.write(`solc-shim knows --version and --standard-json, but was called with: ${flags.join(' ')}\n`);
    process.exitCode = 2;
  }
}

if (isMainThread) {
  void main();
} else {
  parentPort.postMessage(
    linkedSources === undefined ? compileOnHeap(workerData) : traced(workerData, compileOnHeap),
    [],
  );
}
