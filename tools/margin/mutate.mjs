#!/usr/bin/env node
// Usage: npm run margin:mutate -- [--sample n] [--seed s] [--file text] [--mutants a,b] [--list] [--fresh] [--record]
// Changes one rule of packages/margin at a time and runs its tests in one warm process, nearest and quickest first: each change
// that no test notices is listed, and has to be argued in tools/margin/argued-mutants.json or met by a new test. Nothing is
// written into the tree: a changed file exists in that process alone. Who was noticed is kept under node_modules/.cache until
// its file changes, who was not until any file does; `--fresh` forgets both. --record rewrites its row in docs/EVIDENCE.md. Exit 1 if
// a survivor is not argued.
import { createHash } from 'node:crypto';
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOptions, refuse } from '../contracts/campaign.mjs';
import { choice, chooseMutants, reportMutants } from '../mutation-record.mjs';
import { at } from '../steps.mjs';
import { applyMutant, listMutants } from './mutants.mjs';

const options = readOptions({ ...choice, fresh: false });
const say = (line) => process.stdout.write(`[mutate] ${line}\n`);
const room = at('packages/margin');
const textOf = (file) => readFileSync(path.join(room, file), 'utf8');

const files = readdirSync(path.join(room, 'src'), { recursive: true })
  .map((file) => path.posix.join('src', file.split(path.sep).join('/')))
  .filter((file) => file.endsWith('.ts'))
  .sort((a, b) => (a < b ? -1 : 1));
const tests = files.filter((file) => file.endsWith('.test.ts'));
/** Figures of the press and pictures are no rules. */
const UNRULED = /\.test\.ts$|^src\/(?:testing\/|index\.ts|stress\/(?:well-known-days|chart)\.ts)/;
const sources = files.filter((file) => !UNRULED.test(file));

const all = sources.flatMap((file) => listMutants(file, textOf(file)));
const describe = ({ name, file, line, operator, before, from, to }) =>
  `${name} ${file}:${line} ${operator}\n    ${before}\n    ${short(from)}  becomes  ${short(to)}`;
function short(text) {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 110 ? `${line.slice(0, 107)}...` : line;
}
const wanted = chooseMutants(all, options, describe);

/** The reasons why survivors change nothing that could be noticed, by mutant. */
const argued = new Map(
  JSON.parse(readFileSync(at('tools/margin/argued-mutants.json'), 'utf8')).map(({ mutant, reason }) => [
    mutant,
    reason,
  ]),
);

const kept = at('node_modules/.cache/margin-mutation.json');
const hashOf = (...texts) => createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16);
/** Who was not noticed is tried again once any file is another. */
const everything = hashOf(...files.map(textOf));
const known = { noticed: {}, survived: {} };
if (!options.fresh && existsSync(kept)) Object.assign(known, JSON.parse(readFileSync(kept, 'utf8')));
const keyOf = ({ name, file }) => `${name}/${hashOf(textOf(file))}`;
const outcomes = new Map();
for (const one of wanted) {
  if (known.noticed[keyOf(one)] !== undefined) outcomes.set(one.name, { by: known.noticed[keyOf(one)] });
  else if (known.survived[keyOf(one)] === everything) outcomes.set(one.name, {});
}
function keep(mutant, by) {
  outcomes.set(mutant.name, { by });
  if (by === undefined) known.survived[keyOf(mutant)] = everything;
  else known.noticed[keyOf(mutant)] = by;
  mkdirSync(path.dirname(kept), { recursive: true });
  writeFileSync(kept, JSON.stringify(known));
}

/** The sources that each file reads, itself included. */
const reads = new Map();
function readsOf(file) {
  const before = reads.get(file);
  if (before !== undefined) return before;
  const found = new Set([file]);
  reads.set(file, found);
  for (const [, to] of textOf(file).matchAll(/from '(\.[^']+)\.js'/g)) {
    for (const one of readsOf(`${path.posix.join(path.posix.dirname(file), to)}.ts`)) found.add(one);
  }
  return found;
}

/** The warm process; another one once a test went round for ever. */
class WarmTests {
  #child;

  async run(request, limitMs) {
    this.#child ??= await this.#start();
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#child = undefined;
        child.kill('SIGKILL');
        resolve({ killed: true, by: `nothing: it still ran after ${Math.round(limitMs / 1000)} s`, times: {} });
      }, limitMs);
      child.once('message', (outcome) => {
        clearTimeout(late);
        if (outcome.failure === undefined) resolve(outcome);
        else reject(new Error(outcome.failure));
      });
      child.send(request);
    });
  }

  async end() {
    this.#child?.send('end');
    if (this.#child !== undefined) await new Promise((resolve) => this.#child.once('exit', resolve));
  }

  async #start() {
    const script = fileURLToPath(new URL('mutation-worker.mjs', import.meta.url));
    const child = fork(script, { env: { ...process.env, MUTATION_SEED: String(options.seed) } });
    await new Promise((resolve) => child.once('message', resolve));
    return child;
  }
}

const started = Date.now();
const warm = new WarmTests();
const whole = await warm.run({ file: '', text: '', tests }, 600_000);
if (whole.killed) refuse(`the tests fail with nothing changed: ${whole.by}`);
const limitMs = 5_000 + 1.5 * whole.took;
say(
  `${wanted.length} of ${all.length} places; the tests take ${(whole.took / 1000).toFixed(1)} s with nothing changed`,
);

/** Tests that read a file: of its own folder first, then those that take least. */
function testsOf(file) {
  const folder = path.posix.dirname(file);
  const far = (test) => (path.posix.dirname(test) === folder ? 0 : 1_000_000) + (whole.times[test] ?? 0);
  const related = tests.filter((test) => readsOf(test).has(file));
  // Folders without tests of their own are last met by the longest ones, the properties.
  return related.toSorted((a, b) => far(a) - far(b));
}

const open = wanted.filter(({ name }) => !outcomes.has(name));
const orderly = open.toSorted((a, b) => (a.file < b.file ? -1 : 1));
for (const [done, mutant] of orderly.entries()) {
  const { killed, by } = await warm.run(
    { file: mutant.file, text: applyMutant(textOf(mutant.file), mutant), tests: testsOf(mutant.file) },
    limitMs,
  );
  keep(mutant, killed ? by : undefined);
  const state = killed ? `noticed by ${by}` : argued.has(mutant.name) ? 'argued' : 'ALIVE';
  say(`${done + 1}/${open.length} ${mutant.name} ${mutant.file}:${mutant.line} ${mutant.operator}: ${state}`);
}
await warm.end();

const survivors = wanted.filter(({ name }) => outcomes.get(name)?.by === undefined);
reportMutants({
  mutants: wanted,
  survivors,
  argued,
  describe,
  group: 'folder',
  groupOf: ({ file }) => path.posix.dirname(file).replace(/^src\/?/, '') || '(root)',
  note: `. ${all.length} places in all; ${open.length} run in ${Math.round((Date.now() - started) / 1000)} s.`,
  record: {
    campaign: 'mutants of the margin engine',
    shows: 'the tests notice a changed rule of the engine',
    command: 'npm run margin:mutate --',
  },
  options,
});
