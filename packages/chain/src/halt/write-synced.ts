import { open } from 'node:fs/promises';

/** Writes or appends to a file that only its owner can read, and syncs it. */
export async function writeSynced(path: string, text: string, flags: 'w' | 'a' = 'w'): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Syncs a folder's list of files. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
