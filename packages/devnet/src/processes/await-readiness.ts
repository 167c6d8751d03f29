import { waitUntil } from './wait-until.js';
import type { RunningProcess } from './running-process.js';

/** Waits until a process says that it is ready. @throws TIMED_OUT with the reasons it gave. */
export async function awaitReadiness(process: RunningProcess, withinMs: number): Promise<void> {
  let reasons = 'it gave no answer';
  await waitUntil({
    what: `${process.name} ready`,
    withinMs,
    probe: async () => {
      const response = await fetch(`${process.announced}/health/ready`);
      const body = await response.text();
      reasons = body.slice(0, 400);
      return response.status === 200 ? true : undefined;
    },
  }).catch((error: unknown) => {
    throw error instanceof Error ? new Error(`${error.message}: ${reasons}`, { cause: error }) : error;
  });
}
