import { existsSync, statSync } from 'node:fs';
import { AppError } from '@surety/domain';

/** Files that a command writes for the program that keeps them. */
export interface OwnedFiles {
  /**
   * What the program made: the first that is there tells the user who runs it. Its folder comes last: a volume may belong to root, and
   * be the program's by its group.
   */
  readonly made: readonly string[];
  /** Files and folders that must be the same user's; missing ones are passed over. */
  readonly paths?: readonly string[];
  /** The command, for a person to repeat as that user. */
  readonly command: string;
}

/**
 * Refuses to write among another user's files: their program could not read what this user leaves there. Takes everything on a
 * system without users.
 * @throws NOT_OWNER naming both users and the command to run.
 */
export function requireOwner({ made, paths = [], command }: OwnedFiles): void {
  const user = process.geteuid?.();
  const first = made.find((path) => existsSync(path));
  if (user === undefined || first === undefined) return;
  const owner = ownerOf(first);
  if (owner !== user)
    throw notOwner(
      `${first} belongs to user ${owner}, and user ${user} runs this; expected its owner, whose program could not read what is written here; nothing was changed: run sudo -u '#${owner}' ${command}`,
    );
  const stray = paths.find((path) => existsSync(path) && ownerOf(path) !== owner);
  if (stray === undefined) return;
  // The files in a folder are that user's as well, and may be for nobody else to read.
  const given = statSync(stray).isDirectory() ? `-R ${owner}` : owner;
  throw notOwner(
    `${stray} belongs to user ${ownerOf(stray)}; expected user ${owner}, as ${first}; nothing was changed: run sudo chown ${given} ${stray}, then this command again`,
  );
}

function ownerOf(path: string): number {
  return statSync(path).uid;
}

function notOwner(message: string): AppError {
  return new AppError({ code: 'NOT_OWNER', message });
}
