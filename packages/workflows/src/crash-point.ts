/** A crash point for campaigns: the n-th passing of a named point, from 1. */
export interface CrashOrder {
  readonly name: string;
  readonly passing: number;
}

let onPassing: ((name: string) => void) | undefined;

/**
 * Names a place where a process may lose power, between two effects that a restart must tell apart. Does nothing unless {@link
 * armCrashPoint} was called, which only the development profile does.
 */
export function crashPoint(name: string): void {
  onPassing?.(name);
}

/** Makes this process end at one named point; `die` must not return. Without an order no point does anything. */
export function armCrashPoint(order: CrashOrder | undefined, die: () => void): void {
  if (order === undefined) {
    onPassing = undefined;
    return;
  }
  let passed = 0;
  onPassing = (name) => {
    if (name === order.name && ++passed === order.passing) die();
  };
}
