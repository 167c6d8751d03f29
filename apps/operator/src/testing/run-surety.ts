import { systemClock } from '@surety/process';
import type { Clock } from '@surety/workflows';
import { runProgram } from '../program/program.js';

const FIXED: Clock = {
  nowMs: () => 1_800_000_000_000,
  elapsedMs: () => 0,
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};

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
  /** Runs by this clock instead of at a fixed time: whoever waits for a transaction looks at it. */
  readonly clock?: Clock;
  /** Sees each line that is told, and may fail on it. */
  readonly onTold?: (line: string) => void;
  /** Somebody interrupts the first act that can be interrupted. */
  readonly isInterrupted?: boolean;
}

/**
 * Runs the command line in this process, with only the given environment, at a fixed time unless given a clock and with nobody to confirm.
 */
export async function runSurety(
  argv: readonly string[],
  { input = '', environment = {}, answers = [], clock = FIXED, onTold, isInterrupted = false }: RunOptions = {},
): Promise<SuretyRun> {
  const output: string[] = [];
  const told: string[] = [];
  const secrets = [...answers];
  let fill = 0;
  const code = await runProgram(argv, {
    environment,
    clock,
    write: (text) => void output.push(text),
    unread: new AbortController().signal,
    tell: (line) => {
      told.push(line);
      onTold?.(line);
    },
    readInput: async () => input,
    confirm: async (question) => (told.push(question), false),
    askSecret: async () => secrets.shift(),
    untilInterrupted: (act) => act(isInterrupted ? AbortSignal.abort() : new AbortController().signal),
    randomBytes: (length) => new Uint8Array(length).fill((fill += 1)),
  });
  return { code, output: output.join(''), told: told.join('\n') };
}
