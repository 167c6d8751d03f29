// Everything that can be said about the tree without running it. Each step is named with its time, all failures are listed at the
// end, nothing repairs itself.
import { flag, readCommandLine } from '../options.js';
import { prepareProduct } from '../product.js';
import { runCommand, runStep, secondsSince } from '../steps.js';
import { type Step, lanesOfCheck } from './steps-of-check.js';

const { chosen, words: wanted } = readCommandLine({
  command: 'npm run check --',
  about: 'Checks the tree without running it. Exit 1 if a step fails.',
  options: { 'as-built': flag('leave out installing and building, where that was just done') },
  words: { name: 'steps', known: lanesOfCheck.flatMap((lane) => Object.keys(lane)), about: 'only these' },
});
const say = (line: string): void => void process.stdout.write(`[check] ${line}\n`);

const started = Date.now();
const failures: string[] = [];
// A build that fails hides nothing that the other steps see.
if (!chosen['as-built'] && (await prepareProduct()) !== 0) failures.push('build');

/** Runs one step and keeps what it prints until its end: another lane prints beside it. */
async function runOne(name: string, [command, args]: Step): Promise<void> {
  const code = await runStep(name, say, async () => {
    const path = typeof command === 'function' ? command() : command;
    const result = await runCommand(path, args, { output: 'keep', env: { NO_COLOR: '1' } });
    if (result.code !== 0) process.stdout.write(`${result.text.trimEnd()}\n`);
    return result.code;
  });
  if (code !== 0) failures.push(name);
}

await Promise.all(
  lanesOfCheck.map(async (lane) => {
    for (const [name, step] of Object.entries(lane))
      if (wanted.length === 0 || wanted.includes(name)) await runOne(name, step);
  }),
);

say(
  failures.length === 0
    ? `green after ${secondsSince(started)}`
    : `RED after ${secondsSince(started)}: ${failures.join(', ')}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
