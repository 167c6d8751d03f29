import { type BridgesErrorCode, diffWitnesses } from '@surety/bridges';
import { AppError } from '@surety/domain';
import { operatorError } from '../errors.js';
import { formatTable } from '../terminal/format.js';
import { openConfig } from '../chains/open-config.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';
import { openSources } from '../doctor/witnessed-sources.js';

/**
 * Compares the witnesses and assets of every source on their chains with chains.config.json.
 * @throws CONFIG_DRIFT if they differ, WITNESS_UNREADABLE (try again) if a chain left something unanswered.
 */
export async function configDiff(terminal: Terminal, options: OutputOptions): Promise<void> {
  const sources = openSources(openConfig(terminal));
  const compared = await Promise.all(
    sources.map(async ({ chain, source, readers }) => ({ chain, ...(await diffWitnesses(source, readers)) })),
  );
  const drift = compared.flatMap(({ chain, drift: own }) =>
    own.map(({ path, seen, expected }) => ({ path: `${chain}: ${path}`, seen, expected })),
  );
  const unread = compared.flatMap(({ chain, unread: own }) =>
    own.map(({ path, detail }) => ({ path: `${chain}: ${path}`, detail })),
  );
  const witnesses = sources.reduce((sum, { source }) => sum + source.witnesses.length, 0);
  writeResult(
    terminal,
    options,
    { ok: drift.length + unread.length === 0, sources: sources.length, witnesses, drift, unread },
    () => [
      ...(drift.length === 0
        ? []
        : formatTable([
            ['place', 'on chain', 'configured'],
            ...drift.map((one) => [one.path, one.seen, one.expected]),
          ])),
      `${witnesses} witnesses of ${sources.length} sources compared, ${drift.length} differences, ${unread.length} parts unread`,
    ],
  );
  const [first] = drift;
  const [silent] = unread;
  if (first === undefined && silent === undefined) return;
  if (first === undefined)
    throw new AppError<BridgesErrorCode>({
      code: 'WITNESS_UNREADABLE',
      message: `${unread.length} parts could not be compared; first ${silent?.path}: ${silent?.detail}; expected two thirds of the providers to answer alike; see surety doctor`,
      retryable: true,
    });
  throw operatorError(
    'CONFIG_DRIFT',
    `${drift.length} differences between the chains and chains.config.json; first ${first.path}: seen ${first.seen}; expected ${first.expected}; find out who changed which of them, then mend that one`,
  );
}
