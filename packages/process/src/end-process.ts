import type { Clock } from '@surety/workflows';
import type { ExitCode } from './exit-code.js';

/** A pipe that nobody reads for so long keeps no process. */
const WRITTEN_WITHIN_MS = 1_000;

/**
 * Ends the process with an exit code once pipes have taken what was written to standard output and error, a second later at most. Time
 * limits of requests that nobody waits for any more would otherwise keep it for up to twenty seconds.
 */
export async function endProcess(code: ExitCode, clock: Pick<Clock, 'sleep'>): Promise<never> {
  const written = [process.stdout, process.stderr].map(
    (stream) =>
      new Promise<void>((resolve) => {
        // A reader that has gone takes nothing any more, and changes no exit code.
        stream.on('error', () => resolve());
        stream.write('', () => resolve());
      }),
  );
  await Promise.race([Promise.all(written), clock.sleep(WRITTEN_WITHIN_MS)]);
  return process.exit(code);
}
