import { REASONS } from './reasons.js';

/** The commands that explanations advise; `{}` stands for the name of a thing. */
const COMMANDS = [...new Set(['surety explain {}', ...Object.values(REASONS).flatMap(({ run }) => run ?? [])])];

/** The name of parked credit, which is two options; any other option with a name would be the aggregator's own. */
const PARKED_NAME = /^--source \d+ --index \d+$/;

/**
 * Returns whether a text is a command that explanations advise, of plain characters.
 * Whoever copies another would run what a lying aggregator chose.
 */
export function isAdvisedCommand(run: string): boolean {
  if (!/^surety [A-Za-z0-9@:._ -]{1,200}$/.test(run)) return false;
  return COMMANDS.some((known) => {
    const [before = '', after] = known.split('{}');
    if (after === undefined) return run === known;
    const name = run.slice(before.length, run.length - after.length);
    return run.startsWith(before) && run.endsWith(after) && (PARKED_NAME.test(name) || !/(?:^| )-/.test(name));
  });
}
