import { type Measurement, MeasurementError, type Row } from './row.js';
import { commitRow } from './rows/commit.js';
import { gasRows } from './rows/gas.js';
import { hashRow } from './rows/hash.js';
import { healthRow } from './rows/health.js';
import { ingestRow } from './rows/ingest.js';
import { marginRow } from './rows/margin.js';
import { marginPortfolioRow } from './rows/margin-portfolio.js';
import { proofRows } from './rows/proof.js';
import { rebuildRow } from './rows/rebuild.js';
import { recoverRow } from './rows/recover.js';

const MEASUREMENTS: readonly Measurement[] = [
  hashRow,
  recoverRow,
  proofRows,
  commitRow,
  ingestRow,
  healthRow,
  marginRow,
  marginPortfolioRow,
  rebuildRow,
  gasRows,
];

const HELP = `usage: npm run bench [-- --json] [-- <part of an id> …]

Measures this project beside floors and peers in one run, sides alternating, results checked, and prints
ratio = subject / reference. --json prints {rows:[{id, subject, reference, ratio, better, spread, unit, against}]} as the
last line of standard output. Without ids everything is measured:
${MEASUREMENTS.flatMap(({ ids }) => ids.map((id) => `  ${id}`)).join('\n')}
`;

async function main(args: readonly string[]): Promise<number> {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const unknown = flags.filter((flag) => !['--json', '--help', '-h'].includes(flag));
  const wanted = args.filter((arg) => !arg.startsWith('-'));
  const chosen = MEASUREMENTS.filter(
    ({ ids }) => wanted.length === 0 || ids.some((id) => wanted.some((part) => id.includes(part))),
  );
  if (unknown.length > 0 || chosen.length === 0) {
    process.stderr.write(`${[...unknown, ...wanted].join(' ')}: not known here; expected as below\n\n${HELP}`);
    return 2;
  }
  if (flags.some((flag) => flag !== '--json')) {
    process.stdout.write(HELP);
    return 0;
  }
  const json = flags.includes('--json');
  const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  const rows: Row[] = [];
  let failed = 0;
  for (const { ids, measure } of chosen) {
    say(`measuring ${ids.length === 1 ? ids[0] : `${ids[0]} and ${ids.length - 1} more`} …`);
    try {
      rows.push(...(await measure(say)));
    } catch (error) {
      if (!(error instanceof MeasurementError)) throw error;
      failed += 1;
      say(`NOT MEASURED: ${error.message}`);
    }
  }
  say(tableOf(rows));
  if (json) process.stdout.write(`${JSON.stringify({ rows })}\n`);
  return failed === 0 ? 0 : 1;
}

function tableOf(rows: readonly Row[]): string {
  const cells = [
    ['id', 'subject', 'reference', 'ratio', 'better', 'spread', 'unit', 'against'],
    ...rows.map((row) => [
      row.id,
      figure(row.subject),
      figure(row.reference),
      row.ratio.toFixed(3),
      row.better,
      `${(row.spread * 100).toFixed(0)} %`,
      row.unit,
      row.against,
    ]),
  ];
  const widths = cells[0]?.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0))) ?? [];
  const right = new Set([1, 2, 3, 5]);
  return cells
    .map((line) =>
      line
        .map((cell, at) => (right.has(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function figure(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(4);
}

process.exitCode = await main(process.argv.slice(2));
