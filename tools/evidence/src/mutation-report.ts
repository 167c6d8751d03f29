// What the two runs of mutants share (contracts/mutate.ts, margin/mutate.ts): which mutants are chosen, and how their outcome is
// printed and recorded.
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { table, thousands } from './markdown.js';
import { type Chosen, WrongUse, flag, number, record, refuse, text } from './options.js';
import { recordCampaign } from './record.js';

/** Fields of every mutant. */
export interface NamedMutant {
  /** Stays as long as the place and its surroundings do. */
  readonly name: string;
  readonly file: string;
}

/** Options of the command line that choose mutants and record their outcome. */
export const choice = {
  sample: number(0, 'how many places to draw; 0 is all'),
  seed: number(1, 'what the sample is drawn from'),
  file: text('', 'only sources with this in their path'),
  mutants: text('', 'only these, by name and comma'),
  list: flag('print the places and change nothing'),
  record,
} as const;

/**
 * Returns the mutants that the options choose: of files with a text in their path, of the names given by comma, as many as drawn
 * from a seed. @throws {WrongUse} where the options fit nothing
 */
export function chooseMutants<M extends NamedMutant>(
  all: readonly M[],
  { sample, seed, file, mutants, record: isKept }: Omit<Chosen<typeof choice>, 'list'>,
): readonly M[] {
  if (isKept && mutants !== '')
    throw new WrongUse('--record keeps a sample or a folder, not --mutants; leave one of both out');
  const names = mutants.split(',').filter((name) => name !== '');
  const unknown = names.filter((name) => all.every((one) => one.name !== name));
  if (unknown.length > 0) throw new WrongUse(`no mutant is named ${unknown.join(', ')}; --list names them`);
  const draw = ({ name }: M): string => createHash('sha256').update(`${seed}/${name}`).digest('hex');
  const inFile = all.filter((one) => one.file.includes(file) && (names.length === 0 || names.includes(one.name)));
  const chosen = sample > 0 ? inFile.toSorted((a, b) => (draw(a) < draw(b) ? -1 : 1)).slice(0, sample) : inFile;
  if (chosen.length === 0)
    throw new WrongUse(`none of ${all.length} places is in a source with "${file}" in its path; --list names them`);
  return chosen;
}

/** Returns the chosen mutants. With `--list` they are printed, and the process ends. */
export function takeMutants<M extends NamedMutant>(
  all: readonly M[],
  options: Chosen<typeof choice>,
  describe: (mutant: M) => string,
): readonly M[] {
  try {
    const chosen = chooseMutants(all, options);
    if (!options.list) return chosen;
    // At once, since what is written to a pipe is lost when the process ends.
    writeSync(1, `${[...chosen.map(describe), `${chosen.length} places of ${all.length}`].join('\n')}\n`);
    process.exit(0);
  } catch (error) {
    if (error instanceof WrongUse) refuse(error.message);
    throw error;
  }
}

/** Reads the reasons why survivors change nothing that could be noticed, by mutant. */
export const readArgued = (json: string): ReadonlyMap<string, string> =>
  new Map(
    (JSON.parse(json) as readonly { readonly mutant: string; readonly reason: string }[]).map(({ mutant, reason }) => [
      mutant,
      reason,
    ]),
  );

/** Wilson's interval, in percent: where the score of all places lies in 95 of 100 samples like this one. */
export function intervalOf(noticed: number, of: number): readonly [string, string] {
  const z = 1.96;
  const centre = (noticed + (z * z) / 2) / (of + z * z);
  const reach = (z / (of + z * z)) * Math.sqrt((noticed * (of - noticed)) / of + (z * z) / 4);
  return [(100 * (centre - reach)).toFixed(1), (100 * (centre + reach)).toFixed(1)];
}

/** The outcome of a run of mutants. */
export interface MutationRun<M extends NamedMutant> {
  readonly mutants: readonly M[];
  readonly survivors: readonly M[];
  /** Reasons by the names of mutants. */
  readonly argued: ReadonlyMap<string, string>;
  readonly describe: (mutant: M) => string;
  /** Field that mutants are counted by. */
  readonly group: string;
  readonly groupOf: (mutant: M) => string;
  readonly note: string;
  readonly sample: number;
}

/** Writes the outcome of mutants by group, with every survivor. */
export function summarizeMutants<M extends NamedMutant>({
  mutants,
  survivors,
  argued,
  describe,
  group,
  groupOf,
  note,
  sample,
}: MutationRun<M>): { readonly body: string; readonly score: string; readonly counts: string; readonly alive: number } {
  const reasoned = survivors.filter(({ name }) => argued.has(name));
  const alive = survivors.filter(({ name }) => !argued.has(name));
  const noticed = mutants.length - survivors.length;
  const counted = Math.max(1, mutants.length - reasoned.length);
  const interval = sample > 0 ? ` (95 % interval ${intervalOf(noticed, counted).join(' to ')})` : '';
  const rows = [...new Set(mutants.map(groupOf))]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => {
      const count = (of: readonly M[]): number => of.filter((one) => groupOf(one) === name).length;
      return [name, count(mutants), count(mutants) - count(survivors), count(reasoned), count(alive)];
    });
  const listed = (of: readonly M[]): readonly string[] =>
    of.map((one) => `\`\`\`\n${describe(one)}\n\`\`\`\n${argued.get(one.name) ?? ''}\n`);
  const score = `${((100 * noticed) / counted).toFixed(1)} %${interval}`;
  const body = [
    `Score ${score}: ${thousands(noticed)} of ${thousands(mutants.length)} mutants are noticed, ${reasoned.length} survivors are argued, ${alive.length} are not${note}`,
    '',
    table([group, 'mutants', 'noticed', 'argued', 'alive'], rows, [1, 2, 3, 4]),
    ...(alive.length > 0 ? ['', '## Alive', '', ...listed(alive)] : []),
    ...(reasoned.length > 0 ? ['', '## Argued', '', ...listed(reasoned)] : []),
  ].join('\n');
  const counts = `${thousands(mutants.length)} mutants: ${thousands(noticed)} noticed, ${reasoned.length} argued, ${alive.length} alive${note}`;
  return { body, score, counts, alive: alive.length };
}

/** Prints the outcome of mutants, and with `--record` rewrites the campaign's row. The exit code is 1 if a survivor is not argued. */
export function reportMutants<M extends NamedMutant>(
  run: Omit<MutationRun<M>, 'sample'>,
  options: Chosen<typeof choice>,
  row: { readonly campaign: string; readonly shows: string; readonly command: string; readonly flags?: string[] },
): void {
  const { sample, seed, file } = options;
  const { body, score, counts, alive } = summarizeMutants({ ...run, sample });
  process.stdout.write(`\n${body}\n`);
  process.exitCode = alive === 0 ? 0 : 1;
  if (!options.record) return;
  const flags = [
    sample > 0 ? `--sample ${sample} --seed ${seed}` : '',
    file === '' ? '' : `--file ${file}`,
    ...(row.flags ?? []),
  ].filter((one) => one !== '');
  recordCampaign({
    campaign: file === '' ? row.campaign : `${row.campaign} in ${file}`,
    shows: row.shows,
    command: [row.command, ...flags].join(' '),
    seeds: sample > 0 ? String(seed) : 'none: every place',
    totals: counts,
    result: score,
  });
}
