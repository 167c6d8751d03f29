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

/** Where a lock stands. */
export type LockStage = 'seen' | 'final' | 'attested' | 'applied';

/**
 * Where a release stands, in order: requested in a block that is not final, final, signed by k members, recorded by its vault,
 * payable by anyone, paid in a block that is not final, paid. `claimable` waits for its recipient since its transfer failed;
 * `stopped` is not paid any more, and `refunded` once its amount came back to the account;
 * `refused` is an entry that no honest ledger journals.
 */
export const releaseStage = oneOf(RELEASE_STAGES);
/** Where a release stands. */
export type ReleaseStageName = (typeof RELEASE_STAGES)[number];

/** Where a lock or a release stands. */
export const anyStage = oneOf(['seen', 'applied', ...RELEASE_STAGES]);
