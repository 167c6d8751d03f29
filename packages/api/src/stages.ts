import { oneOf } from './values.js';

const RELEASE_STAGES = [
  'requested',
  'final',
  'attested',
  'recorded',
  'payable',
  'paying',
  'paid',
  'claimable',
  'stopped',
  'refunded',
  'refused',
] as const;

/** The stage of a lock. */
export type LockStage = 'seen' | 'final' | 'attested' | 'applied';

/**
 * The stages of a release, in order: requested in a block that is not final, final, signed by k members, recorded by
 * its vault, payable by anyone, paid in a block that is not final, paid.
 * `claimable`: its transfer failed, and it waits for its recipient. `stopped`: it will not be paid; `refunded` once its
 * amount came back to the account. `refused`: an entry that no honest ledger journals.
 */
export const releaseStage = oneOf(RELEASE_STAGES);
/** The stage of a release. */
export type ReleaseStageName = (typeof RELEASE_STAGES)[number];

/** The stage of a lock or a release. */
export const anyStage = oneOf(['seen', 'applied', ...RELEASE_STAGES]);
