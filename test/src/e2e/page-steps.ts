import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A block of a page that a reader follows: commands to run, or a file to write. */
export type PageStep =
  | { readonly kind: 'commands'; readonly text: string }
  | { readonly kind: 'file'; readonly name: string; readonly text: string };

/** First line of a block that is a file: a comment that names it. */
const FILE_NAME = /^(?:\/\/|#) (\S+\.\w+)\n/u;

/**
 * Gives the blocks of one section of a Markdown page, in order: `sh` blocks are commands, others are files.
 * @throws if the page has no such section, or a block says neither
 */
export function readPageSteps(page: string, section: string): PageStep[] {
  const text = readFileSync(page, 'utf8');
  const found = text.split(/^## /mu).find((part) => part.startsWith(`${section}\n`));
  if (found === undefined) throw new Error(`${path.basename(page)} has no section ${section}; name one that it has`);
  return [...found.matchAll(/^```(\w+)\n(.*?)^```$/gmsu)].map(([, language = '', block = '']) => {
    if (language === 'sh') return { kind: 'commands', text: block };
    const name = FILE_NAME.exec(block)?.[1];
    if (name === undefined)
      throw new Error(`a ${language} block of ${section} names no file in its first line: ${block}`);
    return { kind: 'file', name, text: block };
  });
}

/** Output of commands, and the folder in which they ended. */
export interface Ran {
  readonly output: string;
  readonly folder: string;
}

/** Runs commands as a reader would paste them, in a folder. @throws with everything they printed, if one fails */
export async function runCommands(
  commands: string,
  { folder, environment }: { readonly folder: string; readonly environment: Readonly<Record<string, string>> },
): Promise<Ran> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', `${commands}\npwd >&3`], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [output, errors, ended] = [child.stdout, child.stderr, child.stdio[3]].map((stream) => {
    const chunks: Buffer[] = [];
    stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString('utf8');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`exit code ${code} of\n${commands}\n${output?.()}\n${errors?.()}`);
  return { output: output?.() ?? '', folder: ended?.().trim() ?? folder };
}

/** Writes a file of a page, with the folders on its way. */
export function writePageFile(folder: string, { name, text }: { readonly name: string; readonly text: string }): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
