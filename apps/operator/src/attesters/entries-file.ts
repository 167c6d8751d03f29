import {
  type Bytes32,
  ENTRY_BYTES,
  domainError,
  hexToBytes,
  parseUint,
  parseWord,
  requireObject,
} from '@surety/domain';
import { operatorError } from '../errors.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import type { EntryRun } from './fold-applied.js';

/** Entries that a person wrote down, with the place in the file. */
export interface NamedRun extends EntryRun {
  readonly name: string;
}

/**
 * Reads files of entries that a replica applied: `{"edge": <first name>, "batches": [{"from": "12", "entries":
 * "0x…"}]}`, where `entries` start at number `from` + 1, 95 bytes each, as in a batch.
 * @throws NOT_JSON naming file and member; MIGRATION_REFUSED for entries of another edge.
 */
export function readEntriesFiles(paths: readonly string[], edge: Bytes32): readonly NamedRun[] {
  return paths.flatMap((path) => {
    const found = parseJson(path, readTextFile(path), parseEntriesFile);
    if (found.edge === edge) return found.runs.map((run) => ({ ...run, name: `${path} ${run.name}` }));
    throw operatorError('MIGRATION_REFUSED', `${path} holds entries of edge ${found.edge}; expected ${edge}`);
  });
}

/** Reads one such document. @throws MISSING_FIELD, UNKNOWN_FIELD, BAD_HEX, BAD_LENGTH, OUT_OF_RANGE with the path in it. */
function parseEntriesFile(json: unknown): { readonly edge: Bytes32; readonly runs: readonly NamedRun[] } {
  const object = requireObject(json, 'file', ['edge', 'batches']);
  const { batches } = object;
  if (!Array.isArray(batches)) throw domainError('MISSING_FIELD', 'file.batches is not a list of batches');
  return {
    edge: parseWord(object['edge'], 'file.edge'),
    runs: batches.map((batch: unknown, at): NamedRun => {
      const name = `batches[${at}]`;
      const { from, entries } = requireObject(batch, name, ['from', 'entries']);
      const packed = hexToBytes(String(entries));
      if (packed.length === 0 || packed.length % ENTRY_BYTES !== 0) {
        throw domainError(
          'BAD_LENGTH',
          `${name}.entries has ${packed.length} bytes; expected ${ENTRY_BYTES} for each entry, at least one`,
        );
      }
      return { name, from: parseUint(from, 64, `${name}.from`), packed };
    }),
  };
}
