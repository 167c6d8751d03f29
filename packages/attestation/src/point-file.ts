import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Bytes32, objectParser, parseWord, uintParser } from '@surety/domain';
import type { NamedPoint } from '@surety/workflows';

const parsePoint = objectParser({ name: parseWord, count: uintParser(64), head: parseWord });

/** Returns the path of the file in which an operator names an edge's cut-off point for a watcher, by the edge's first name. */
export function pointFileIn(stateDir: string, edge: Bytes32): string {
  return join(stateDir, 'points', `${edge}.json`);
}

/** Writes the point atomically: a concurrent reader sees the old or the new one, complete. */
export function writePoint(file: string, { name, count, head }: NamedPoint): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.draft`;
  writeFileSync(draft, `${JSON.stringify({ name, count: count.toString(), head })}\n`);
  renameSync(draft, file);
}

/**
 * Reads the named point; undefined without a file.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, BAD_HEX, OUT_OF_RANGE, and errors of reading and JSON.
 */
export function readPoint(file: string): NamedPoint | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return parsePoint(JSON.parse(text), file);
}
