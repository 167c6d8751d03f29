import path from 'node:path';
import { FileHeldError, type FileHold, holdFile } from '@surety/sqlite';
import { storeError } from './errors.js';

/**
 * Locks a folder for this process by an OS lock on its file `in-use.lock`, which ends with the process.
 * @throws FOLDER_IN_USE while another process holds it, FOLDER_UNAVAILABLE.
 */
export function holdFolder(directory: string): FileHold {
  const file = path.join(directory, 'in-use.lock');
  try {
    return holdFile(file);
  } catch (cause) {
    if (cause instanceof FileHeldError) {
      throw storeError(
        'FOLDER_IN_USE',
        `another process holds ${directory}; expected this one alone; stop it, or set another SURETY_STATE_DIR`,
        cause,
      );
    }
    throw storeError(
      'FOLDER_UNAVAILABLE',
      `${file} cannot be locked; expected a folder that can be written; check SURETY_STATE_DIR and its free space`,
      cause,
    );
  }
}
