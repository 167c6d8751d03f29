import type { Epoch } from '../ports/epochs.js';
import { attestError } from './errors.js';

/** Returns the epoch e with activeFrom(e) ≤ asOf < activeFrom(e + 1). @throws NO_EPOCH. @source PROTOCOL section 5 */
export function epochAt(epochs: readonly Epoch[], asOf: bigint): number {
  let found: Epoch | undefined;
  for (const epoch of epochs) {
    if (epoch.activeFrom <= asOf && (found === undefined || epoch.epoch > found.epoch)) found = epoch;
  }
  if (found === undefined) {
    const first = epochs[0];
    throw attestError(
      'NO_EPOCH',
      `no attester set covers block time ${asOf}; expected one active by then` +
        (first === undefined
          ? ', but the destination names none'
          : `, but epoch ${first.epoch} starts at ${first.activeFrom}`),
      { as_of: asOf },
    );
  }
  return found.epoch;
}

/** True before the first epoch of a destination that has one. No statement is accepted then. */
export function isBeforeFirstEpoch(epochs: readonly Epoch[], asOf: bigint): boolean {
  return epochs.length > 0 && epochs.every(({ activeFrom }) => activeFrom > asOf);
}
