import { AppError } from '@surety/domain';
import { EXIT, type ExitCode, endProcess, exitCodeOf, systemClock } from '@surety/process';
import { startWatcher } from './compose.js';
import { rebuildLostHistory } from './rebuild-history.js';

function tell(error: unknown): void {
  const known = error instanceof AppError;
  const line = {
    level: 'error',
    msg: 'watcher-failed',
    code: known ? error.code : 'UNKNOWN',
    detail: known ? error.message : error instanceof Error ? `${error.name}: ${error.message}` : 'no error object',
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Runs a watcher until SIGTERM or SIGINT, or rebuilds a lost store of its history: `rebuild-history first|second`. */
async function main(): Promise<ExitCode> {
  const ended = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  try {
    if (process.argv[2] === 'rebuild-history') {
      process.stdout.write(`${await rebuildLostHistory(process.env, process.argv[3])}\n`);
      return EXIT.done;
    }
    const watcher = await startWatcher(process.env);
    await Promise.race([ended, watcher.failed]);
    await watcher.stop();
    return EXIT.done;
  } catch (error) {
    tell(error);
    return exitCodeOf('watcher', error);
  }
}

await endProcess(await main(), systemClock);
