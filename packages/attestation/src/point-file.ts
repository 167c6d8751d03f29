import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Bytes32, parseUint, parseWord, requireObject } from '@surety/domain';
import type { NamedPoint } from '@surety/workflows';

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
  const object = requireObject(JSON.parse(text), file, ['name', 'count', 'head']);
  return {
    name: parseWord(object['name'], `${file}.name`),
    count: parseUint(object['count'], 64, `${file}.count`),
    head: parseWord(object['head'], `${file}.head`),
  };
}
