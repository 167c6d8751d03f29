import { type Drift, diffWitnesses } from '@surety/bridges';
import { loadOperatorConfig } from '@surety/config';
import { operatorError } from '../errors.js';
import { formatTable } from '../format.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal.js';
import { openSources } from '../witnessed-sources.js';

/** Compares the witnesses of every source on their chains with chains.config.json. @throws CONFIG_DRIFT if they differ. */
export async function configDiff(terminal: Terminal, options: OutputOptions): Promise<void> {
  const sources = openSources(loadOperatorConfig(terminal.environment));
  const found = await Promise.all(
    sources.map(async ({ chain, source, readers }) =>
      (await diffWitnesses(source, readers)).map((drift): Drift => ({ ...drift, path: `${chain}: ${drift.path}` })),
    ),
  );
  const drift = found.flat();
  const witnesses = sources.reduce((sum, { source }) => sum + source.witnesses.length, 0);
  writeResult(terminal, options, { ok: drift.length === 0, sources: sources.length, witnesses, drift }, () => [
    ...(drift.length === 0
      ? []
      : formatTable([['place', 'on chain', 'configured'], ...drift.map((one) => [one.path, one.seen, one.expected])])),
    `${witnesses} witnesses of ${sources.length} sources compared, ${drift.length} differences`,
  ]);
  const [first] = drift;
  if (first === undefined) return;
  throw operatorError(
    'CONFIG_DRIFT',
    `${drift.length} differences between the chains and chains.config.json; first ${first.path}: seen ${first.seen}; expected ${first.expected}; find out who changed which of them, then mend that one`,
  );
}
