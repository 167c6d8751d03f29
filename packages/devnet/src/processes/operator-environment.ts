import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Devnet, ProcessRole } from '../start-devnet.js';

/** Processes that a person looks after, each with its highest number; an attester set has 31 members at most. */
const LOOKED_AFTER = [
  ['watcher', 31],
  ['relayer', 2],
  ['keeper', 1],
] as const satisfies readonly (readonly [ProcessRole, number])[];

/**
 * Returns the environment of the command line, with the health servers of every process that runs, so that
 * `surety status` and `surety doctor` ask them too.
 */
export function operatorEnvironment({
  environmentOf,
  running,
}: Pick<Devnet, 'environmentOf' | 'running'>): Record<string, string> {
  const addresses = LOOKED_AFTER.flatMap(([role, most]) => {
    const urls = Array.from({ length: most }, (_, at) => running(role, at + 1)?.announced ?? []).flat();
    return urls.length === 0 ? [] : [[`SURETY_${role.toUpperCase()}_URLS`, urls.join(',')]];
  });
  return { ...environmentOf('operator'), ...(Object.fromEntries(addresses) as Record<string, string>) };
}

/** Writes the variables of the command line, and more, to a file for a person's shell; returns its path. */
export function writeOperatorEnvironment(devnet: Devnet, more: Readonly<Record<string, string>> = {}): string {
  const file = path.join(devnet.network.directory, 'operator.env');
  const variables = Object.entries({ ...operatorEnvironment(devnet), ...more });
  writeFileSync(file, variables.map(([name, value]) => `export ${name}='${value}'\n`).join(''));
  return file;
}
