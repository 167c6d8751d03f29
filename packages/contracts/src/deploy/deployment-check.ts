import { formatArgs } from './format-args.js';

/** Collects differences, so that one run names them all. */
export class DeploymentCheck {
  readonly problems: string[] = [];

  /** Notes a value that differs; hex differs by value only. */
  equal(what: string, seen: unknown, expected: unknown): void {
    const [left, right] = [formatArgs(seen).toLowerCase(), formatArgs(expected).toLowerCase()];
    if (left !== right) this.problems.push(`${what} is ${left}; expected ${right}`);
  }

  /** Notes a value that is zero. */
  nonZero(what: string, seen: number | bigint): void {
    if (BigInt(seen) === 0n) this.problems.push(`${what} is 0; expected a value above 0`);
  }
}
