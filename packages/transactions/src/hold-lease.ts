import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Address } from '@surety/domain';
import { FileHeldError, type FileHold, holdFile } from '@surety/sqlite';
import { transactionError } from './errors.js';

/** The exclusive right of one process to send with a key on a chain, until it is released or the process ends in any way. */
export type Lease = FileHold;

/**
 * Takes the lease of (chain, key) on this machine. Killing the process releases it. Across machines only KEY_SHARED
 * protects. In a folder that a group may write to, the lease is the group's: users with the folder in common see each other.
 * @throws KEY_LEASED while another process, or another part of this one, holds it; LEASE_UNAVAILABLE.
 */
export function holdLease(options: {
  readonly directory: string;
  readonly chainId: number;
  readonly sender: Address;
}): Lease {
  const { directory, chainId, sender } = options;
  const file = path.join(directory, `${chainId}-${sender}.lease`);
  const holder = `${file}.holder`;
  let hold: FileHold | undefined;
  try {
    prepare(file);
    hold = holdFile(file);
    writeFileSync(holder, `process ${process.pid}`);
    openToGroup(holder);
    return hold;
  } catch (cause) {
    hold?.release();
    if (cause instanceof FileHeldError) {
      throw transactionError(
        'KEY_LEASED',
        `${holderOf(holder)} writes with ${sender} on chain ${chainId} already; expected one writer per key; stop it, or give this process another key (lease ${file})`,
        { sender, chain_id: chainId },
        cause,
      );
    }
    throw transactionError(
      'LEASE_UNAVAILABLE',
      `lease ${file} cannot be taken: ${cause instanceof Error ? cause.message : 'unknown error'}; ${wayOut(file)}`,
      { file },
      cause,
    );
  }
}

/** SQLite gives its journal the mode of the file, so that comes first. A file that is there is not opened: closing it would end a lock. */
function prepare(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, '', { flag: 'a', mode: 0o644 });
  openToGroup(file);
}

/** A unit's umask would leave the lease to the first user alone, and the next one could not see that it is held. */
function openToGroup(file: string): void {
  const [folder, own] = [statSync(path.dirname(file)), statSync(file)];
  const isOfGroup = (folder.mode & 0o020) !== 0 && folder.gid === own.gid;
  if (isOfGroup && own.uid === process.geteuid?.()) chmodSync(file, 0o660);
}

/** A file of another user is no reason for another folder: in that one nobody would see who holds it. */
function wayOut(file: string): string {
  const owner = existsSync(file) ? statSync(file).uid : undefined;
  return owner === undefined || owner === process.geteuid?.()
    ? 'expected a writable directory; set SURETY_LEASE_DIR'
    : `it belongs to user ${owner}, who may write with this key; expected a file of the folder's group: stop that process, then delete the file`;
}

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The lock itself shows that someone holds the lease; only the name is unknown.
    return 'another process';
  }
}
