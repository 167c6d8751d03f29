import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';

/** A staged problem that a tool named. */
export interface NamedProblem {
  readonly problem: string;
  /** `status`, `doctor` or `explain`. */
  readonly tool: string;
  /** From the first question to the answer that named it. */
  readonly seconds: number;
}

/** Starts a stopwatch. Returns what reads it, in seconds. */
export function stopwatch(): () => number {
  const from = performance.now();
  return () => (performance.now() - from) / 1_000;
}

/** Adds a problem to the file that `npm run problems` counts; does nothing else. The running test names it if nobody does. */
export function noteProblem({ problem, tool, seconds }: Omit<NamedProblem, 'problem'> & { problem?: string }): void {
  const file = process.env['SURETY_PROBLEMS_FILE'];
  if (file === undefined) return;
  const named = { problem: problem ?? expect.getState().currentTestName ?? 'a test without a name', tool, seconds };
  appendFileSync(file, `${JSON.stringify(named)}\n`);
}
