/** A person's wish to end, by Ctrl-C or by a signal that asks for the same. */
export interface Interruption {
  /** Resolves once it is there. */
  readonly wished: Promise<NodeJS.Signals>;
  /** Aborts at the same moment. */
  readonly signal: AbortSignal;
}

/** Listens for the signals that ask a process to end; the process goes on until it ends itself. */
export function listenForInterruption(): Interruption {
  const left = new AbortController();
  const wished = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve);
  });
  void wished.then(() => left.abort());
  return { wished, signal: left.signal };
}
