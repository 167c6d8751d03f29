// Changes one rule of packages/margin at a time and runs its tests in one warm process, nearest and quickest first: each change
// that no test notices is listed, and has to be argued in argued-mutants.json or met by a new test. Nothing is written into the
// tree: a changed file exists in that process alone. Who was noticed is kept under node_modules/.cache until its file changes,
// who was not until any file does.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { choice, readArgued, reportMutants, takeMutants } from '../mutation-report.js';
import { flag, readOptions, refuse } from '../options.js';
import { at } from '../steps.js';
import { type Mutant, applyMutant, listMutants } from './mutants.js';
import { WarmTests } from './warm-tests.js';

const options = readOptions({
  command: 'npm run margin:mutate --',
  about:
    'Changes one rule of the margin engine at a time and names the changes that no test notices. Exit 1 if one of them is not argued.',
  options: { ...choice, fresh: flag('forget what was found before') },
});
const say = (line: string): void => void process.stdout.write(`[mutate] ${line}\n`);
const room = at('packages/margin');
const textOf = (file: string): string => readFileSync(path.join(room, file), 'utf8');

const files = readdirSync(path.join(room, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => path.posix.join('src', file.split(path.sep).join('/')))
  .filter((file) => file.endsWith('.ts'))
  .sort((a, b) => (a < b ? -1 : 1));
const tests = files.filter((file) => file.endsWith('.test.ts'));
/** Figures of the press and pictures are no rules. */
const UNRULED = /\.test\.ts$|^src\/(?:testing\/|index\.ts|stress\/(?:well-known-days|chart)\.ts)/;
const sources = files.filter((file) => !UNRULED.test(file));

const all = sources.flatMap((file) => listMutants(file, textOf(file)));
const describe = ({ name, file, line, operator, before, from, to }: Mutant): string =>
  `${name} ${file}:${line} ${operator}\n    ${before}\n    ${short(from)}  becomes  ${short(to)}`;
function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 110 ? `${line.slice(0, 107)}...` : line;
}
const wanted = takeMutants(all, options, describe);
const argued = readArgued(readFileSync(at('tools/evidence/src/margin/argued-mutants.json'), 'utf8'));

const kept = at('node_modules/.cache/margin-mutation.json');
const hashOf = (...texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16);
/** Who was not noticed is tried again once any file is another. */
const everything = hashOf(...files.map(textOf));
const known: { readonly noticed: Record<string, string>; readonly survived: Record<string, string> } = {
  noticed: {},
  survived: {},
  ...(!options.fresh && existsSync(kept) ? (JSON.parse(readFileSync(kept, 'utf8')) as object) : {}),
};
const keyOf = ({ name, file }: Mutant): string => `${name}/${hashOf(textOf(file))}`;
/** Test that noticed each mutant; undefined where none did. */
const outcomes = new Map<string, string | undefined>();
for (const one of wanted) {
  const key = keyOf(one);
  if (known.noticed[key] !== undefined) outcomes.set(one.name, known.noticed[key]);
  else if (known.survived[key] === everything) outcomes.set(one.name, undefined);
}
function keep(mutant: Mutant, by: string | undefined): void {
  outcomes.set(mutant.name, by);
  if (by === undefined) known.survived[keyOf(mutant)] = everything;
  else known.noticed[keyOf(mutant)] = by;
  mkdirSync(path.dirname(kept), { recursive: true });
  writeFileSync(kept, JSON.stringify(known));
}

/** The sources that each file reads, itself included. */
const reads = new Map<string, ReadonlySet<string>>();
function readsOf(file: string): ReadonlySet<string> {
  const before = reads.get(file);
  if (before !== undefined) return before;
  const found = new Set([file]);
  reads.set(file, found);
  for (const [, to = ''] of textOf(file).matchAll(/from '(\.[^']+)\.js'/g)) {
    for (const one of readsOf(`${path.posix.join(path.posix.dirname(file), to)}.ts`)) found.add(one);
  }
  return found;
}

const started = Date.now();
const warm = new WarmTests(options.seed);
const whole = await warm.run({ file: '', text: '', tests }, 600_000);
if (whole.killed) refuse(`the tests fail with nothing changed: ${whole.by}`);
const limitMs = 5_000 + 1.5 * whole.took;
say(
  `${wanted.length} of ${all.length} places; the tests take ${(whole.took / 1000).toFixed(1)} s with nothing changed`,
);

/** Tests that read a file: of its own folder first, then those that take least. */
function testsOf(file: string): readonly string[] {
  const folder = path.posix.dirname(file);
  const far = (test: string): number =>
    (path.posix.dirname(test) === folder ? 0 : 1_000_000) + (whole.times[test] ?? 0);
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
  keep(mutant, killed ? (by ?? 'an error outside of every test') : undefined);
  const state = killed ? `noticed by ${outcomes.get(mutant.name)}` : argued.has(mutant.name) ? 'argued' : 'ALIVE';
  say(`${done + 1}/${open.length} ${mutant.name} ${mutant.file}:${mutant.line} ${mutant.operator}: ${state}`);
}
await warm.end();

reportMutants(
  {
    mutants: wanted,
    survivors: wanted.filter(({ name }) => outcomes.get(name) === undefined),
    argued,
    describe,
    group: 'folder',
    groupOf: ({ file }) => path.posix.dirname(file).replace(/^src\/?/, '') || '(root)',
    note: `. ${all.length} places in all; ${open.length} run in ${Math.round((Date.now() - started) / 1000)} s.`,
  },
  options,
  {
    campaign: 'mutants of the margin engine',
    shows: 'the tests notice a changed rule of the engine',
    command: 'npm run margin:mutate --',
  },
);
