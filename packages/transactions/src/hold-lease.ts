import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import type { Address } from '@surety/domain';
import { FileHeldError, type FileHold, holdFile } from '@surety/sqlite';
import type { Clock } from '@surety/workflows';
import { transactionError } from './errors.js';

/** The exclusive right of one process to send with a key on a chain, until it is released or the process ends in any way. */
export interface Lease extends FileHold {
  /** Makes the lease's file young. @throws LEASE_LOST if its path leads to another file, or to none. */
  renew(nowMs: number): void;
}

/** Milliseconds between two looks at a lease that is kept. */
const LOOK_MS = 10_000;

/**
 * Keeps a lease until the signal aborts. Cleaners of temporary folders remove files by age, and then another process could take it too.
 * @throws LEASE_LOST: nothing more may be sent.
 */
export async function keepLease(
  lease: Pick<Lease, 'renew'>,
  clock: Pick<Clock, 'nowMs' | 'sleep'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    lease.renew(clock.nowMs());
    await clock.sleep(LOOK_MS, signal);
  }
}

/**
 * Returns this user's own folder of leases below one that all users may write to. Its name can be guessed, so another user may have made it
 * first, with links to files of this one. @throws LEASE_UNAVAILABLE unless it is this user's alone.
 */
export function ownLeaseFolder(below = tmpdir()): string {
  const { uid } = userInfo();
  const folder = path.join(below, `surety-leases-${uid}`);
  const cause = existsSync(folder) ? undefined : makeFolder(folder);
  const seen = lstatSync(folder, { throwIfNoEntry: false });
  if (seen?.isDirectory() === true && seen.uid === uid && (seen.mode & 0o022) === 0) return folder;
  const said =
    seen === undefined ? `cannot be made: ${cause?.message}` : `is of user ${seen.uid}, mode ${seen.mode.toString(8)}`;
  throw transactionError(
    'LEASE_UNAVAILABLE',
    `${folder} ${said}; expected a folder of user ${uid} that no other may write to; delete what is there, if anything is, or set SURETY_LEASE_DIR`,
    { file: folder },
  );
}

/** Makes a folder; returns why not. */
function makeFolder(folder: string): Error | undefined {
  try {
    mkdirSync(path.dirname(folder), { recursive: true });
    mkdirSync(folder, { mode: 0o700 });
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause));
  }
}

/**
 * Takes the lease of (chain, key) on this machine. Killing the process releases it. Across machines only KEY_SHARED
 * protects. In a folder that a group may write to, the lease is the group's: users with the folder in common see each other.
 * @throws KEY_LEASED while another process, or another part of this one, holds it; LEASE_UNAVAILABLE.
 */
export function holdLease(options: {
  /** Empty for this user's own. */
  readonly directory: string;
  readonly chainId: number;
  readonly sender: Address;
}): Lease {
  const { chainId, sender } = options;
  const directory = options.directory === '' ? ownLeaseFolder() : options.directory;
  const file = path.join(directory, `${chainId}-${sender}.lease`);
  const holder = `${file}.holder`;
  let hold: FileHold | undefined;
  try {
    prepare(file);
    const held = holdFile(file);
    hold = held;
    nameHolder(holder);
    openToGroup(holder);
    const [own, writes] = [identityOf(file), `${sender} on chain ${chainId}`];
    return { release: () => held.release(), renew: (nowMs) => renew(file, { own, nowMs, writes }) };
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

function renew(file: string, of: { readonly own: string; readonly nowMs: number; readonly writes: string }): void {
  const seen = identityOf(file);
  if (seen !== of.own) {
    throw transactionError(
      'LEASE_LOST',
      `lease ${file} is ${seen}; expected file ${of.own}, which this process holds; another process may write with ${of.writes} by now; set SURETY_LEASE_DIR to a folder that nobody cleans, and start again`,
      { file },
    );
  }
  try {
    utimesSync(file, of.nowMs / 1_000, of.nowMs / 1_000);
  } catch {
    // Another user's file in a folder of a group, or a disk that became read-only: neither is cleaned by age.
  }
}

/** Names the file that a path leads to. It is not opened: closing it would end a lock. */
function identityOf(file: string): string {
  const seen = statSync(file, { bigint: true, throwIfNoEntry: false });
  return seen === undefined ? 'gone' : `${seen.dev}:${seen.ino}`;
}

/** Writes who holds the lease; never into another file, to which somebody's link leads. */
function nameHolder(file: string): void {
  const opened = openSync(
    file,
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
    0o666,
  );
  writeFileSync(opened, `process ${process.pid}`);
  closeSync(opened);
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
