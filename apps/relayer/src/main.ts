import { AppError } from '@surety/domain';
import { EXIT, exitCodeOf } from '@surety/process';
import { composeRelayer } from './compose.js';
import { runRelayer } from './run-relayer.js';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

try {
  const parts = composeRelayer();
  await runRelayer(parts, stop.signal);
  parts.journal.close();
  process.exitCode = EXIT.done;
} catch (error) {
  const code = error instanceof AppError ? error.code : 'UNEXPECTED';
  const detail = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${JSON.stringify({ level: 'error', msg: 'relayer-ended', code, detail })}\n`);
  process.exitCode = exitCodeOf('relayer', error);
}
// Time limits of requests that nobody waits for any more would keep it for up to twenty seconds. Lines that a pipe has not taken
// yet are waited for, unless nobody reads them for a second.
setTimeout(() => process.exit(), 1_000);
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
