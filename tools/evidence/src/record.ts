// The table of campaigns in docs/EVIDENCE.md. Each campaign has one row there, and its `--record` writes that row anew.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { at, top } from './steps.js';

const page = 'docs/EVIDENCE.md';
const columns = ['campaign', 'shows', 'command', 'commit', 'seeds', 'totals', 'result', 'date'] as const;

/** A row of the table: a text for each column. */
export type Row = Readonly<Record<(typeof columns)[number], string>>;

/** Splits a row into its cells. A `\|` belongs to the text of its cell. */
const cellsOf = (line: string): readonly string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

const escaped = (text: string): string =>
  text
    .replaceAll('|', String.raw`\|`)
    .replaceAll(/\s+/g, ' ')
    .trim();

/**
 * Returns the page with one campaign's row rewritten. A campaign that has no row yet gets one at the end of the table.
 * Throws where the page has no table of campaigns, or has two rows of one name.
 */
export function rewriteRow(text: string, row: Row): string {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => cellsOf(line).join() === columns.join());
  if (head === -1) throw new Error(`${page} has no table with the columns ${columns.join(', ')}; restore its head`);
  const rest = lines.findIndex((line, place) => place > head && !line.startsWith('|'));
  const end = rest === -1 ? lines.length : rest;
  const name = escaped(row.campaign);
  const places = lines.flatMap((line, place) =>
    place > head + 1 && place < end && cellsOf(line)[0] === name ? [place] : [],
  );
  if (places.length > 1) throw new Error(`${page} has ${places.length} rows named "${name}"; expected one at most`);
  const line = `| ${columns.map((column) => escaped(row[column])).join(' | ')} |`;
  return lines.toSpliced(places[0] ?? end, places.length, line).join('\n');
}

const git = (...args: readonly string[]): string =>
  spawnSync('git', args, { cwd: top, encoding: 'utf8' }).stdout.trim();

/** Says which commit a run belongs to, and whether sources differed from it. */
function describeCommit(): string {
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!docs') !== '';
  return `${git('rev-parse', '--short=8', 'HEAD')}${changed ? ' with changes' : ''}`;
}

/** Rewrites a campaign's row in docs/EVIDENCE.md, with the commit of the tree and its date, and says so. */
export function recordCampaign(campaign: Omit<Row, 'commit' | 'date'>): void {
  const row = {
    ...campaign,
    command: `\`${campaign.command}\``,
    commit: describeCommit(),
    date: git('log', '-1', '--format=%cs'),
  };
  writeFileSync(at(page), rewriteRow(readFileSync(at(page), 'utf8'), row));
  process.stdout.write(`recorded as "${campaign.campaign}" in ${page}\n`);
}
