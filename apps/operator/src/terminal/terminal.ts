import { escapeUnseen } from '@surety/domain';
import type { Clock } from '@surety/workflows';

/** Input and output of a command, passed in so that tests run commands in process. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Writes to standard output, as it is. */
  write(text: string): void;
  /** Aborts once standard output has no reader any more, as behind `head`. */
  readonly unread: AbortSignal;
  /** Writes a line for people to standard error: progress, questions, warnings. */
  tell(line: string): void;
  /** Reads all of standard input. */
  readInput(): Promise<string>;
  /** Asks a yes-no question; without a terminal it tells the question and returns false. */
  confirm(question: string): Promise<boolean>;
  /** Asks for a secret, which is not shown while it is typed; undefined without a terminal. */
  askSecret(question: string): Promise<string | undefined>;
  /** Runs an act that Ctrl-C ends through its signal instead of ending the process; a second Ctrl-C ends the process. */
  untilInterrupted<Result>(act: (interrupted: AbortSignal) => Promise<Result>): Promise<Result>;
  /** Bytes that nobody can guess. */
  randomBytes(length: number): Uint8Array;
}

/** Options that every command has. */
export interface OutputOptions {
  /** One JSON document on standard output instead of text for people. */
  readonly json?: boolean;
}

/** Writes a result: as JSON (bigint as decimal text) with `--json`, else as the lines for people. */
export function writeResult(
  terminal: Terminal,
  options: OutputOptions,
  result: unknown,
  lines: () => readonly string[],
): void {
  if (options.json === true) {
    const written = JSON.stringify(result, (_, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
    terminal.write(`${escapeUnseen(written)}\n`);
  } else {
    // None of them holds an end of a line of its own: a stranger's text in one could write whole lines otherwise.
    const shown = lines().map((line) => escapeUnseen(line, (character) => character === '\t'));
    terminal.write(`${shown.join('\n')}\n`);
  }
}
