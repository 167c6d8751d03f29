import { closeSync, constants, fsync, openSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const FLAGS = {
  create: 'w',
  append: 'a',
  extend: constants.O_WRONLY | constants.O_APPEND,
} as const;

// Only this waits for the disk, and is left to another thread. To hand over the calls around it costs more than they do, and
// a record is written for each final block.
const synced = promisify(fsync);

/** Writes or appends to a file that only its owner can read, and syncs it. `extend` fails where there is none. */
export async function writeSynced(path: string, text: string, how: keyof typeof FLAGS = 'create'): Promise<void> {
  const file = openSync(path, FLAGS[how], 0o600);
  try {
    writeFileSync(file, text);
    await synced(file);
  } finally {
    closeSync(file);
  }
}

/** Syncs a folder's list of files. */
export async function syncFolder(path: string): Promise<void> {
  const folder = openSync(path, 'r');
  try {
    await synced(folder);
  } finally {
    closeSync(folder);
  }
}
