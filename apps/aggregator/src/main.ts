import 'reflect-metadata';
import { AppError } from '@surety/domain';
import { EXIT, endProcess, exitCodeOf, systemClock } from '@surety/process';
import { failureDetail } from '@surety/workflows';
import { boundHeap } from './bound-heap.js';
import { startAggregator } from './compose.js';

async function main(): Promise<void> {
  boundHeap();
  const running = await startAggregator(process.env);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    running.close().then(
      () => endProcess(EXIT.done, systemClock),
      (cause: unknown) => fail(cause),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(cause: unknown): void {
  const code = cause instanceof AppError ? cause.code : 'UNKNOWN';
  const detail = failureDetail(cause);
  process.stderr.write(`${JSON.stringify({ level: 'error', msg: 'stopped', code, detail })}\n`);
  void endProcess(exitCodeOf('aggregator', cause), systemClock);
}

main().catch(fail);
