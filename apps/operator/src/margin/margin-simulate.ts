import { type SimulatedStep, simulateBook } from '@surety/margin';
import { operatorError } from '../errors.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import {
  type BookOptions,
  formatWad,
  knownStresses,
  originOf,
  readBook,
  stressNamed,
  tableLines,
  weigh,
  writeChart,
} from './margin-book.js';

/** Options of `surety margin simulate`. */
export interface SimulateOptions extends BookOptions {
  readonly seed: string;
  readonly steps: string;
  readonly hours: string;
  /** Name of a scenario whose prices the path leads to. */
  readonly towards?: string;
}

/**
 * Walks a book along a path of prices from a seed, closes accounts as they become liquidatable, and shows when and at what loss.
 * One seed gives one path everywhere.
 * @throws NOT_JSON, BAD_USE.
 */
export async function marginSimulate(terminal: Terminal, options: SimulateOptions): Promise<void> {
  const [seed, steps, hours] = [
    whole(options.seed, 'seed', { least: 0, most: 999_999_999 }),
    whole(options.steps, 'steps', { least: 1, most: 10_000 }),
    whole(options.hours, 'hours', { least: 1, most: 8_760 }),
  ];
  const book = await readBook(terminal, options);
  const { snapshot, accounts } = book;
  const towards =
    options.towards === undefined ? {} : { towards: stressNamed(options.towards, knownStresses(options)) };
  const path = weigh(options, () =>
    simulateBook(accounts, snapshot, { seed, steps, hoursPerStep: BigInt(hours), ...towards }),
  );
  const badDebt = path.reduce((sum, step) => sum + step.badDebt, 0n);
  const result = {
    version: snapshot.terms.version,
    ...originOf(book),
    seed,
    badDebt,
    liquidated: path.flatMap(({ step, liquidated }) => liquidated.map((id) => ({ id, step }))),
    steps: path.map(({ factors, ...step }) => ({ ...step, factors: Object.fromEntries(factors) })),
  };
  writeResult(terminal, options, result, () => [
    ...tableLines([
      ['step', 'prices', 'closed', 'bad debt'],
      ...path.filter(({ liquidated }) => liquidated.length > 0).map(rowOf),
    ]),
    `seed ${seed}: ${accounts.length - (path.at(-1)?.open ?? 0)} of ${accounts.length} accounts closed, bad debt ${formatWad(badDebt)}`,
  ]);
  writeChart(terminal, options, () => ({
    title: `Prices over their first, seed ${seed}`,
    kind: 'lines',
    labels: path.map(({ step }) => String(step)),
    series: [...(path[0]?.factors.keys() ?? [])].map((name) => ({
      name,
      values: path.map(({ factors }) => factors.get(name) ?? 0n),
    })),
  }));
}

function rowOf({ step, factors, liquidated, badDebt }: SimulatedStep): readonly string[] {
  const prices = [...factors].map(([name, factor]) => `${name} ${formatWad(factor)}`).join(' ');
  return [String(step), prices, liquidated.join(', '), formatWad(badDebt)];
}

function whole(text: string, name: string, { least, most }: { readonly least: number; readonly most: number }): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw operatorError('BAD_USE', `--${name} is "${text}"; expected a whole number from ${least} to ${most}`);
}
