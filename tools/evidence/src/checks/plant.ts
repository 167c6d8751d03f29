// Shows that `npm run check` can fail: plants one offence at a time in a copy of the tree, runs the step that must see it, and
// takes it out again. The checkout itself is never written to.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { flag, readCommandLine } from '../options.js';
import { prepareProduct } from '../product.js';
import { at, runCommand, secondsSince, top } from '../steps.js';
import { type Plant, plants } from './plants.js';

const { chosen: options, words: wanted } = readCommandLine({
  command: 'npm run check:plants --',
  about:
    'Plants one offence at a time in a copy of the tree. Exit 1 if the check does not see one, or is red without one.',
  options: { 'as-built': flag('leave out installing and building, where that was just done') },
  words: {
    name: 'steps',
    known: [...new Set(plants.map(({ step }) => step))],
    about: 'only the plants that these must see',
  },
});
const say = (line: string): void => void process.stdout.write(`[plants] ${line}\n`);

/** Copies the tree with its builds and links; the packages themselves are shared by one link. */
function copyTree(): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'surety-plants-'));
  process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
  for (const entry of readdirSync(top)) {
    if (['.git', '.turbo', 'node_modules'].includes(entry)) continue;
    cpSync(path.join(top, entry), path.join(copy, entry), {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      filter: (source) => !/[/\\](\.turbo|\.devnet|\.surety)$/.test(source),
    });
  }
  symlinkSync(at('node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

async function runCheck(copy: string, step: string): Promise<{ readonly isGreen: boolean; readonly text: string }> {
  const { code, text } = await runCommand(
    process.execPath,
    ['tools/evidence/dist/checks/check.js', '--as-built', step],
    {
      cwd: copy,
      output: 'keep',
    },
  );
  return { isGreen: code === 0, text };
}

/** Writes a plant's files and answers how to take them out again. */
function plantIn(copy: string, change: Plant['change']): () => void {
  const undo = Object.entries(change).map(([name, rewrite]) => {
    const target = path.join(copy, name);
    let before: string | undefined;
    try {
      before = readFileSync(target, 'utf8');
    } catch {
      mkdirSync(path.dirname(target), { recursive: true });
    }
    writeFileSync(target, rewrite(before ?? ''));
    return () => (before === undefined ? rmSync(target) : writeFileSync(target, before));
  });
  return () => {
    for (const each of undo) each();
  };
}

const started = Date.now();
if (!options['as-built'] && (await prepareProduct()) !== 0) process.exit(1);
const copy = copyTree();
await runCommand('git', ['init', '--quiet'], { cwd: copy, output: 'keep' });

const chosen = plants.filter(({ step }) => wanted.length === 0 || wanted.includes(step));
const steps = [...new Set(chosen.map(({ step }) => step))];
const before = new Map<string, string>();
for (const step of steps) {
  const { isGreen, text } = await runCheck(copy, step);
  before.set(step, text);
  say(`${isGreen ? 'green' : 'RED  '} ${step}, before anything is planted`);
}

const failures: string[] = [];
for (const { name, step, seen, change } of chosen) {
  const takeOut = plantIn(copy, change);
  const { isGreen, text } = await runCheck(copy, step);
  takeOut();
  const isSeen = !isGreen && text.includes(seen) && before.get(step)?.includes(seen) === false;
  say(`${isGreen ? 'green' : 'red  '} ${step}: ${name}${isSeen ? '' : `; MISSED, expected words: ${seen}`}`);
  if (!isSeen) failures.push(name);
}
for (const step of steps) {
  const { isGreen } = await runCheck(copy, step);
  say(`${isGreen ? 'green' : 'RED  '} ${step}, after everything is taken out`);
  if (!isGreen) failures.push(`${step} is red without a plant`);
}
say(
  `${chosen.length} plants after ${secondsSince(started)}; ${failures.length === 0 ? 'each was seen, and the clean tree is green' : failures.join('; ')}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
