/** Releases a request that has ended. An abort without a reason makes an error with a stack each time. */
const ENDED = new Error('the request has ended');

/** Runs a request under a time limit and its caller's signal, and releases both at its end (`AbortSignal.any` does not). */
export async function within<Value>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const signals = [AbortSignal.timeout(timeoutMs), ...(outer === undefined ? [] : [outer])];
  const stop = ({ target }: Event): void => controller.abort((target as AbortSignal).reason);
  for (const signal of signals) signal.addEventListener('abort', stop, { once: true });
  try {
    return await run(controller.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', stop);
    controller.abort(ENDED);
  }
}
