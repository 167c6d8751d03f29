import { AppError } from '@surety/domain';
import { EXIT, type ExitCode, endProcess, exitCodeOf, systemClock } from '@surety/process';
import { composeRelayer } from './compose.js';
import { runRelayer } from './run-relayer.js';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

let exitCode: ExitCode = EXIT.done;
try {
  const parts = composeRelayer();
  await runRelayer(parts, stop.signal);
  parts.journal.close();
} catch (error) {
  const code = error instanceof AppError ? error.code : 'UNEXPECTED';
  const detail = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${JSON.stringify({ level: 'error', msg: 'relayer-ended', code, detail })}\n`);
  exitCode = exitCodeOf('relayer', error);
}
await endProcess(exitCode, systemClock);
