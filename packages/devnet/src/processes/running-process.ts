import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { devnetError } from '../errors.js';

/** The command of a process, and the sign that it is ready. */
export interface ProcessSpec {
  /** For people and for the log file's name. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** File of both output streams. */
  readonly logFile: string;
  /** Returns the announcement in a line of its output, once there is one. */
  readonly announcedBy: (line: string) => string | undefined;
  readonly readyWithinMs: number;
}

/** A child process that is ended by its pid, never by its name. */
export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** The URL that it announced when it was ready. */
  readonly announced: string;
  /** True while it runs. */
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

// Its children end with this process. An unhandled signal would end it without notice.
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
        // Its last words may be read after its end.
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
