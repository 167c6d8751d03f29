import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { createInterface } from 'node:readline/promises';
import { systemClock } from '@surety/process';
import { printableText } from '@surety/telemetry';
import { paint, showsColours } from './terminal/paint.js';
import type { Terminal } from './terminal/terminal.js';

/** Wires the command line to this process: its environment, clock and streams. */
export function composeTerminal(): Terminal {
  // A reader such as `head` may close the pipe early. A command still finishes, with its own exit code; one that has no end must know.
  const unread = new AbortController();
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (stream === process.stdout) unread.abort();
    });
  }
  const tell = (line: string): void => {
    const shown = printableText(line);
    process.stderr.write(`${showsColours(process.stderr) ? paint(shown) : shown}\n`);
  };
  return {
    environment: process.env,
    clock: systemClock,
    write: (text) => void process.stdout.write(showsColours(process.stdout) ? paint(text) : text),
    unread: unread.signal,
    tell,
    readInput: () => readText(process.stdin),
    confirm: async (question) => {
      if (!process.stdin.isTTY) {
        tell(`${question} There is no terminal to answer at.`);
        return false;
      }
      const asking = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await asking.question(`${printableText(question)} [y/N] `);
      asking.close();
      return /^y(es)?$/i.test(answer.trim());
    },
    askSecret: async (question) => {
      if (!process.stdin.isTTY) return undefined;
      process.stderr.write(`${question}: `);
      // Readline echoes what is typed to its output.
      const output = new Writable({ write: (_, __, done) => done() });
      const asking = createInterface({ input: process.stdin, output, terminal: true });
      const answer = await asking.question('');
      asking.close();
      process.stderr.write('\n');
      return answer;
    },
    untilInterrupted,
    randomBytes,
  };
}

/** Terminals send SIGINT, supervisors and `timeout` SIGTERM. */
const INTERRUPTIONS = ['SIGINT', 'SIGTERM'] as const;

async function untilInterrupted<Result>(act: (interrupted: AbortSignal) => Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  // Left at the first one: the second one ends the process, as it does without this.
  const end = (): void => {
    for (const name of INTERRUPTIONS) process.removeListener(name, end);
    stop.abort();
  };
  for (const name of INTERRUPTIONS) process.on(name, end);
  try {
    return await act(stop.signal);
  } finally {
    for (const name of INTERRUPTIONS) process.removeListener(name, end);
  }
}
