import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../../apps/operator/bin/surety.mjs', import.meta.url));

/** Answer of the command line. */
export interface Answer {
  readonly code: number | null;
  readonly output: Record<string, unknown>;
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
  /** Everything that it told people. */
  readonly told: string;
}

/** Runs the command line as a person would, with `--json`, and nobody to answer a question. */
export async function runSurety(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  program = BIN,
): Promise<Answer> {
  const child = spawn(process.execPath, [program, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
  let output = '';
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const refusal = told.split('\n').findLast((line) => line.startsWith('{"error"'));
  return {
    code,
    output: output === '' ? {} : (JSON.parse(output) as Record<string, unknown>),
    refusal: refusal === undefined ? undefined : (JSON.parse(refusal) as { error: Answer['refusal'] }).error,
    told,
  };
}
