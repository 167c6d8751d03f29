// Everything that can be said about the tree without running it. Each step is named with its time, all failures are listed at the
// end, nothing repairs itself.
import { flag, readCommandLine } from '../options.js';
import { prepareProduct } from '../product.js';
import { runCommand, runStep, secondsSince } from '../steps.js';
import { stepsOfCheck } from './steps-of-check.js';

const { chosen, words: wanted } = readCommandLine({
  command: 'npm run check --',
  about: 'Checks the tree without running it. Exit 1 if a step fails.',
  options: { 'as-built': flag('leave out installing and building, where that was just done') },
  words: { name: 'steps', known: Object.keys(stepsOfCheck), about: 'only these' },
});
const say = (line: string): void => void process.stdout.write(`[check] ${line}\n`);

const started = Date.now();
const failures: string[] = [];
// A build that fails hides nothing that the other steps see.
if (!chosen['as-built'] && (await prepareProduct()) !== 0) failures.push('build');
for (const [name, [command, args]] of Object.entries(stepsOfCheck)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const code = await runStep(name, say, async () => {
    const path = typeof command === 'function' ? command() : command;
    const result = await runCommand(path, args, { output: 'keep', env: { NO_COLOR: '1' } });
    if (result.code !== 0) process.stdout.write(`${result.text.trimEnd()}\n`);
    return result.code;
  });
  if (code !== 0) failures.push(name);
}

say(
  failures.length === 0
    ? `green after ${secondsSince(started)}`
    : `RED after ${secondsSince(started)}: ${failures.join(', ')}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
