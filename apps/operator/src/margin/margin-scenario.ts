import {
  type JudgedAccount,
  type MarketSnapshot,
  type Stress,
  type StressReport,
  freeMargin,
  stressReportOf,
} from '@surety/margin';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import {
  type BookOptions,
  formatWad,
  knownStresses,
  originOf,
  ownStresses,
  readBook,
  stressNamed,
  tableLines,
  unlistedBy,
  weigh,
  writeChart,
} from './margin-book.js';

/**
 * Shows a book before and after scenarios: the accounts that become liquidatable, the shortfalls, and the debts left
 * over. Without a name, all known scenarios that fit the book.
 * @throws NOT_JSON for a book or file that cannot be read, BAD_USE for an unknown name, INCONSISTENT_INPUT for a named
 * scenario with something that the book does not list.
 */
export async function marginScenario(
  terminal: Terminal,
  names: readonly string[],
  options: BookOptions,
): Promise<void> {
  const known = knownStresses(options);
  const named = names.map((name) => stressNamed(name, known));
  const book = await readBook(terminal, options);
  const { snapshot, accounts } = book;
  const stresses = names.length === 0 ? fitting(terminal, { own: ownStresses(options), known, snapshot }) : named;
  const reports = weigh(options, () =>
    stresses.map((stress) => ({ says: stress.says, ...stressReportOf(accounts, snapshot, stress) })),
  );
  const one = reports.length === 1 ? reports[0] : undefined;
  writeResult(terminal, options, { version: snapshot.terms.version, ...originOf(book), scenarios: reports }, () =>
    one === undefined ? summaryLines(reports) : detailLines(one),
  );
  writeChart(terminal, options, () =>
    one === undefined
      ? {
          title: 'Shortfall and bad debt by scenario',
          kind: 'bars',
          labels: reports.map(({ stress }) => stress),
          series: [
            { name: 'shortfall', values: reports.map(({ shortfall }) => shortfall) },
            { name: 'bad debt', values: reports.map(({ badDebt }) => badDebt) },
          ],
        }
      : {
          title: `Free maintenance margin before and after ${one.stress}`,
          kind: 'bars',
          labels: one.accounts.map(({ id }) => id),
          series: [
            { name: 'before', values: one.accounts.map(({ before }) => freeMargin(before.grades.maintenance)) },
            { name: 'after', values: one.accounts.map(({ after }) => freeMargin(after.grades.maintenance)) },
          ],
        },
  );
}

/** Returns the scenarios of a file, and those of the shipped ones that the book has all underlyings for; names the others. */
function fitting(
  terminal: Terminal,
  { own, known, snapshot }: { own: readonly Stress[]; known: readonly Stress[]; snapshot: MarketSnapshot },
): readonly Stress[] {
  const shipped = known.slice(own.length);
  for (const stress of shipped) {
    const unlisted = unlistedBy(stress, snapshot);
    if (unlisted.length > 0) terminal.tell(`${stress.name} is left out: the book lists no ${unlisted.join(', ')}`);
  }
  return [...own, ...shipped.filter((stress) => unlistedBy(stress, snapshot).length === 0)];
}

function summaryLines(reports: readonly (StressReport & { readonly says: string })[]): readonly string[] {
  const rows = reports.map(({ stress, accounts, newlyLiquidatable, shortfall, badDebt, says }) => [
    stress,
    `${newlyLiquidatable.length} of ${accounts.length}`,
    formatWad(shortfall),
    formatWad(badDebt),
    says,
  ]);
  return tableLines([['scenario', 'newly liquidatable', 'shortfall', 'bad debt', ''], ...rows]);
}

function detailLines({
  stress,
  says,
  accounts,
  shortfall,
  badDebt,
}: StressReport & { readonly says: string }): readonly string[] {
  const free = ({ grades }: JudgedAccount) => formatWad(freeMargin(grades.maintenance));
  const rows = accounts.map(({ id, before, after }) => [
    id,
    free(before),
    free(after),
    formatWad(freeMargin(after.grades.initial)),
    formatWad(after.netValue),
    verdictOf(before, after),
  ]);
  return [
    `${stress}: ${says}`,
    ...tableLines([['account', 'free before', 'free after', 'initial after', 'net value', ''], ...rows]),
    `shortfall ${formatWad(shortfall)}, bad debt ${formatWad(badDebt)}`,
  ];
}

function verdictOf(before: JudgedAccount, after: JudgedAccount): string {
  if (after.liquidatable && after.paused.length > 0) return `liquidatable, paused on ${after.paused.join(', ')}`;
  if (after.liquidatable) return before.liquidatable ? 'liquidatable as before' : 'becomes liquidatable';
  return after.mayOpen ? '' : 'may not open';
}
