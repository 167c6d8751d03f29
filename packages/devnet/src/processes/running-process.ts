import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { devnetError } from '../errors.js';

/** What to start and how to know that it is there. */
export interface ProcessSpec {
  /** For people and for the log file's name. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Where both output streams are kept. */
  readonly logFile: string;
  /** Gives what the process announced, once a line of its output says so. */
  readonly announcedBy: (line: string) => string | undefined;
  readonly readyWithinMs: number;
}

/** A child process that is ended by its pid, never by its name. */
export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** What it announced when it was ready: a URL. */
  readonly announced: string;
  /** Whether it still runs. */
  alive(): boolean;
  /** Resolves when it has ended, with the signal that ended it, if one did. */
  readonly ended: Promise<NodeJS.Signals | null>;
  /** Asks it to end, and ends it after a while. Repeating it changes nothing. */
  stop(): Promise<void>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
}

const LINES_KEPT = 40;
const STOP_PATIENCE_MS = 8000;
const children = new Set<ChildProcess>();

/** Ends every child at once, without patience. */
function killChildren(): void {
  for (const child of children) child.kill('SIGKILL');
}

// Whatever ends this process, its children go with it. A signal that nobody else handles would end it without a word.
process.once('exit', killChildren);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
  });
}

/** Starts a process and waits for its announcement. @throws PROCESS_NOT_READY with the last lines it wrote. */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  const child = spawn(spec.command, spec.args, { env: { ...spec.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const log = createWriteStream(spec.logFile, { flags: 'a' });
  const last: string[] = [];
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('exit', (_, signal) => resolve(signal));
    child.once('error', () => resolve(null));
  });
  void ended.then(() => {
    children.delete(child);
    log.end();
  });
  const announced = await new Promise<string>((resolve, reject) => {
    const refuse = (reason: string, more: { readonly signal?: string | null; readonly late?: boolean } = {}): void =>
      reject(
        devnetError('PROCESS_NOT_READY', `${spec.name} ${reason}; its last lines:\n${last.join('\n')}`, {
          log: spec.logFile,
          signal: more.signal ?? null,
          late: more.late ?? false,
        }),
      );
    const timer = setTimeout(
      () => refuse(`announced nothing within ${spec.readyWithinMs} ms`, { late: true }),
      spec.readyWithinMs,
    );
    child.once('error', (cause) => refuse(`could not be started: ${cause.message}`));
    child.once('exit', (code, signal) =>
      refuse(`ended with ${signal ?? `exit code ${code}`} before it was ready`, { signal }),
    );
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        // What it said last may be read after its end.
        if (!log.writableEnded) log.write(`${line}\n`);
        last.push(line);
        if (last.length > LINES_KEPT) last.shift();
        const announcement = spec.announcedBy(line);
        if (announcement === undefined) return;
        clearTimeout(timer);
        resolve(announcement);
      });
    }
  }).catch(async (error: unknown) => {
    await end(child, ended, 'SIGKILL');
    throw error;
  });
  return {
    name: spec.name,
    pid: child.pid ?? 0,
    logFile: spec.logFile,
    announced,
    alive: () => isAlive(child),
    ended,
    stop: () => end(child, ended, 'SIGTERM'),
    kill: () => end(child, ended, 'SIGKILL'),
  };
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess, ended: Promise<unknown>, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (!isAlive(child)) return;
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
  await ended;
  clearTimeout(timer);
}
