// What the two runs of mutants share (tools/contracts/mutate.mjs, tools/margin/mutate.mjs): which mutants are chosen, and how
// their outcome is printed and recorded.
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { refuse, table, thousands } from './contracts/campaign.mjs';
import { recordCampaign } from './evidence.mjs';

/** Options of the command line that choose mutants and record their outcome, with their defaults. */
export const choice = { sample: 0, seed: 1, file: '', mutants: '', list: false, record: false };

/**
 * Gives the mutants that the options choose: of files with a text in their path, of the names given by comma, as many as drawn
 * from a seed. With `--list` they are printed, and the process ends.
 */
export function chooseMutants(all, { sample, seed, file, mutants, list, record }, describe) {
  if (record && mutants !== '') refuse('--record keeps a sample or a folder, not --mutants; leave one of both out');
  const names = mutants.split(',').filter((name) => name !== '');
  const unknown = names.filter((name) => all.every((one) => one.name !== name));
  if (unknown.length > 0) refuse(`no mutant is named ${unknown.join(', ')}`);
  const draw = ({ name }) => createHash('sha256').update(`${seed}/${name}`).digest('hex');
  const inFile = all.filter((one) => one.file.includes(file) && (names.length === 0 || names.includes(one.name)));
  const chosen = sample > 0 ? inFile.toSorted((a, b) => (draw(a) < draw(b) ? -1 : 1)).slice(0, sample) : inFile;
  if (chosen.length === 0) refuse(`none of ${all.length} places is in a source with "${file}" in its path`);
  if (!list) return chosen;
  // At once, since what is written to a pipe is lost when the process ends.
  writeSync(1, `${[...chosen.map(describe), `${chosen.length} places of ${all.length}`].join('\n')}\n`);
  process.exit(0);
}

/** Wilson's interval, in percent: where the score of all places lies in 95 of 100 samples like this one. */
function intervalOf(noticed, of) {
  const z = 1.96;
  const centre = (noticed + (z * z) / 2) / (of + z * z);
  const reach = (z / (of + z * z)) * Math.sqrt((noticed * (of - noticed)) / of + (z * z) / 4);
  return [centre - reach, centre + reach].map((end) => (100 * end).toFixed(1));
}

/**
 * Prints the outcome of mutants by group, with every survivor, and with `--record` rewrites the campaign's row in docs/EVIDENCE.md.
 * The exit code is 1 if a survivor is not argued. `argued` gives reasons by the names of mutants.
 */
export function reportMutants({
  mutants,
  survivors,
  argued,
  describe,
  group,
  groupOf,
  note,
  record,
  flags = [],
  options,
}) {
  const reasoned = survivors.filter(({ name }) => argued.has(name));
  const alive = survivors.filter(({ name }) => !argued.has(name));
  const noticed = mutants.length - survivors.length;
  const counted = Math.max(1, mutants.length - reasoned.length);
  const interval = options.sample > 0 ? ` (95 % interval ${intervalOf(noticed, counted).join(' to ')})` : '';
  const rows = [...new Set(mutants.map(groupOf))]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => {
      const count = (of) => of.filter((one) => groupOf(one) === name).length;
      return [name, count(mutants), count(mutants) - count(survivors), count(reasoned), count(alive)];
    });
  const listed = (of) => of.map((one) => `\`\`\`\n${describe(one)}\n\`\`\`\n${argued.get(one.name) ?? ''}\n`);
  const score = `${((100 * noticed) / counted).toFixed(1)} %${interval}`;
  const body = [
    `Score ${score}: ${thousands(noticed)} of ${thousands(mutants.length)} mutants are noticed, ${reasoned.length} survivors are argued, ${alive.length} are not${note}`,
    '',
    table([group, 'mutants', 'noticed', 'argued', 'alive'], rows, [1, 2, 3, 4]),
    ...(alive.length > 0 ? ['', '## Alive', '', ...listed(alive)] : []),
    ...(reasoned.length > 0 ? ['', '## Argued', '', ...listed(reasoned)] : []),
  ].join('\n');
  process.stdout.write(`\n${body}\n`);
  process.exitCode = alive.length === 0 ? 0 : 1;
  if (!options.record) return;
  const chosen = [
    options.sample > 0 ? `--sample ${options.sample} --seed ${options.seed}` : '',
    options.file === '' ? '' : `--file ${options.file}`,
    ...flags,
  ].filter((flag) => flag !== '');
  recordCampaign({
    campaign: options.file === '' ? record.campaign : `${record.campaign} in ${options.file}`,
    shows: record.shows,
    command: [record.command, ...chosen].join(' '),
    seeds: options.sample > 0 ? String(options.seed) : 'none: every place',
    totals: `${thousands(mutants.length)} mutants: ${thousands(noticed)} noticed, ${reasoned.length} argued, ${alive.length} alive${note}`,
    result: score,
  });
}
