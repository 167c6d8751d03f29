import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { makeKeystore, openKeystore } from '@surety/transactions';
import { operatorError } from '../errors.js';
import { reasonOf } from '../terminal/read-json.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety key new`. */
export interface KeyNewOptions extends OutputOptions {
  /** File with the password; it is asked for if left out. */
  readonly passwordFile?: string;
  /** Opens at once, also for whoever guesses passwords. */
  readonly light?: boolean;
}

const PASSWORD_MIN = 12;
const OTHERS = 0o077;

/**
 * Makes a key and writes it as an encrypted keystore that only its owner reads. The key itself is shown nowhere; the address
 * told is the one that the written file opens to.
 * @throws BAD_USE for a file that is there, a folder that is not, a password that is too short or that others may read.
 */
export async function keyNew(terminal: Terminal, file: string, options: KeyNewOptions): Promise<void> {
  // Nobody is to think of a password before a refusal.
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) throw alreadyThere(file);
  const password =
    options.passwordFile === undefined ? await askPassword(terminal) : readPassword(options.passwordFile);
  const json = makeKeystore({
    password,
    randomBytes: (length) => terminal.randomBytes(length),
    isLight: options.light === true,
  });
  writeOwned(file, json);
  const address = openKeystore(readFileSync(file, 'utf8'), password).address.toLowerCase();
  writeResult(terminal, options, { file, address }, () => [
    `address ${address}`,
    `keystore ${file}, which only you may read; without its password it is worth nothing, so keep a copy of both apart`,
  ]);
}

function writeOwned(file: string, text: string): void {
  let opened: number;
  try {
    opened = openSync(file, 'wx', 0o600);
  } catch (cause) {
    if (reasonOf(cause) === 'EEXIST') throw alreadyThere(file);
    throw operatorError(
      'BAD_USE',
      `${file} cannot be made (${reasonOf(cause)}); expected a folder that you may write to`,
      cause,
    );
  }
  try {
    writeSync(opened, text);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

function alreadyThere(file: string): Error {
  return operatorError('BAD_USE', `${file} is there already; expected a new file: a key is never overwritten`);
}

async function askPassword(terminal: Terminal): Promise<string> {
  const password = await terminal.askSecret('Password of the new key');
  if (password === undefined) {
    throw operatorError('BAD_USE', 'there is no terminal to ask for a password; add --password-file <file>');
  }
  // Programs take it from a file, and trim what they read.
  if (password.trim() !== password) {
    throw operatorError('BAD_USE', 'the password begins or ends with a space; expected neither');
  }
  requireLength(password);
  if ((await terminal.askSecret('The same once more')) === password) return password;
  throw operatorError('BAD_USE', 'the two passwords differ; nothing was written');
}

function readPassword(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw operatorError(
      'BAD_USE',
      `--password-file: ${file} cannot be read (${reasonOf(cause)}); expected a file`,
      cause,
    );
  }
  const mode = statSync(file).mode & 0o777;
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    const seen = mode.toString(8).padStart(4, '0');
    throw operatorError(
      'BAD_USE',
      `--password-file: ${file} has mode ${seen}; expected one that only you read: chmod 600`,
    );
  }
  requireLength(text);
  return text;
}

function requireLength(password: string): void {
  if (password.length >= PASSWORD_MIN) return;
  throw operatorError('BAD_USE', `the password has ${password.length} characters; expected at least ${PASSWORD_MIN}`);
}
