import type { Clock } from '@surety/workflows';

/** Makes the machine's clock of the functions that tell time and wait. */
export function createSystemClock(machine: {
  readonly nowMs: () => number;
  readonly elapsedMs: () => number;
  readonly after: (durationMs: number, wake: () => void) => { readonly cancel: () => void };
}): Clock {
  return {
    nowMs: machine.nowMs,
    elapsedMs: machine.elapsedMs,
    sleep: (durationMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const wake = (): void => {
          timer.cancel();
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const timer = machine.after(durationMs, wake);
        signal?.addEventListener('abort', wake);
      }),
  };
}
