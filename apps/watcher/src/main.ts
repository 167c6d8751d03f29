import { AppError } from '@surety/domain';
import { startWatcher } from './compose.js';
import { rebuildLostHistory } from './rebuild-history.js';

/** Exit codes: 0 done, 1 a person must look, 2 wrong use, 75 try again later. */
function exitCodeOf(error: unknown): number {
  if (!(error instanceof AppError)) return 1;
  if (error.code.startsWith('CONFIG_') || error.code === 'BAD_OPTIONS' || error.code === 'BAD_URL') return 2;
  return error.retryable || error.code === 'PORT_UNAVAILABLE' ? 75 : 1;
}

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
async function main(): Promise<number> {
  const ended = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  try {
    if (process.argv[2] === 'rebuild-history') {
      process.stdout.write(`${await rebuildLostHistory(process.env, process.argv[3])}\n`);
      return 0;
    }
    const watcher = await startWatcher(process.env);
    await Promise.race([ended, watcher.failed]);
    await watcher.stop();
    return 0;
  } catch (error) {
    tell(error);
    return exitCodeOf(error);
  }
}

process.exitCode = await main();
process.exit();
