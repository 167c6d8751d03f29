// What the campaigns of the contracts share: their options, their seeds, forge as a child, and tables.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { at, runCommand, secondsSince } from '../steps.mjs';

export { runCommand, secondsSince };

/** The folder of the contracts' package. */
export const packageRoot = at('packages/contracts');

const forgeScript = at('packages/contracts/tools/forge.mjs');

/** Writes a number with its thousands apart. */
export const thousands = (value) => Math.round(value).toLocaleString('en-US');

/** Ends with exit code 2 and the reason: the caller asked for something that does not exist. */
export function refuse(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

/**
 * Reads `--name value` and `--name` from the command line. `known` gives each name's default: a number asks for a whole
 * number, a text for a text, `false` for a flag. Anything else is refused.
 */
export function readOptions(known, args = process.argv.slice(2)) {
  const options = { ...known };
  for (let place = 0; place < args.length; ++place) {
    const name = args[place].replace(/^--/, '');
    if (!args[place].startsWith('--') || !Object.hasOwn(known, name)) {
      refuse(
        `${args[place]} is not an option; expected ${Object.keys(known)
          .map((key) => `--${key}`)
          .join(', ')}`,
      );
    }
    if (known[name] === false) options[name] = true;
    else if (typeof known[name] === 'number') {
      options[name] = Number(args[++place]);
      if (!Number.isSafeInteger(options[name]) || options[name] < 0)
        refuse(`--${name} is ${args[place]}; expected a whole number`);
    } else {
      options[name] = args[++place];
      if (options[name] === undefined) refuse(`--${name} has no value; expected a text behind it`);
    }
  }
  return options;
}

/** Derives forge's seed for one part of a campaign from the campaign's own. */
export const seedOf = (seed, ...parts) =>
  `0x${createHash('sha256')
    .update([seed, ...parts].join('/'))
    .digest('hex')}`;

/** Runs forge once, without the counts that tests ask for in `npm test`, and answers its exit code and what it printed. */
export const runForge = (args, env = {}, output = 'keep') =>
  runCommand(process.execPath, [forgeScript, ...args], { env: { FOUNDRY_PROFILE: 'default', ...env }, output });

/** Runs forge on tests that the optimizer has seen: kept in folders of their own, minutes more to compile, twice as fast to run. */
export const runOptimized = (args, env = {}) =>
  runForge(args, {
    ...env,
    FOUNDRY_OUT: 'out/campaign',
    FOUNDRY_CACHE_PATH: 'cache/campaign-forge',
    SURETY_OPTIMIZED_TESTS: '1',
  });

/** Compiles the tests of some files, as a campaign runs them, so that the runs that follow only run. */
export async function compileTests(matchPath) {
  const { code, text } = await runOptimized(['test', '--match-path', matchPath, '--list']);
  if (code !== 0) refuse(`the tests of ${matchPath} do not compile:\n${text}`);
}

/** Gives forge's JSON report, which is the last line that begins with a brace; undefined if it printed none. */
export function parseReport(text) {
  const line = text.split('\n').findLast((one) => one.startsWith('{'));
  return line === undefined ? undefined : JSON.parse(line);
}

/** Lists every Solidity file of a folder of this package, as paths from the package. */
export const listSolidity = (folder) =>
  readdirSync(path.join(packageRoot, folder), { recursive: true })
    .filter((file) => file.endsWith('.sol'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .sort((a, b) => (a < b ? -1 : 1));

/** Gives the text of a file of this package. */
export const readText = (file) => readFileSync(path.join(packageRoot, file), 'utf8');

/** Runs tasks, at most `lanes` at a time, in order; each task is a function that answers a promise. */
export async function runLanes(lanes, tasks) {
  const waiting = [...tasks];
  const lane = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** A table of Markdown. The columns that `right` names by place stand at the right. */
export function table(head, rows, right = []) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, place) => (right.includes(place) ? '---:' : '---'))), ...rows.map(line)].join(
    '\n',
  );
}
