import { systemClock } from '@surety/process';
import { runProgram } from '../program.js';

/** The exit code of a run, and its output. */
export interface SuretyRun {
  readonly code: number;
  readonly output: string;
  readonly told: string;
}

/** Settings of a run. */
interface RunOptions {
  readonly input?: string;
  readonly environment?: Record<string, string>;
  /** Lines typed where a secret is asked for, one after the other; there is no terminal if left out. */
  readonly answers?: readonly string[];
}

/**
 * Runs the command line in this process, with only the given environment, at a fixed time and with nobody to confirm.
 */
export async function runSurety(
  argv: readonly string[],
  { input = '', environment = {}, answers = [] }: RunOptions = {},
): Promise<SuretyRun> {
  const output: string[] = [];
  const told: string[] = [];
  const secrets = [...answers];
  let fill = 0;
  const code = await runProgram(argv, {
    environment,
    clock: { nowMs: () => 1_800_000_000_000, elapsedMs: () => 0, sleep: (ms, signal) => systemClock.sleep(ms, signal) },
    write: (text) => void output.push(text),
    unread: new AbortController().signal,
    tell: (line) => void told.push(line),
    readInput: async () => input,
    confirm: async () => false,
    askSecret: async () => secrets.shift(),
    untilInterrupted: (act) => act(new AbortController().signal),
    randomBytes: (length) => new Uint8Array(length).fill((fill += 1)),
  });
  return { code, output: output.join(''), told: told.join('\n') };
}
