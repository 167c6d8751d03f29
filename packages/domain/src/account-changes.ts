/**
 * Kinds of changes of an account:
 *
 *   locked      a lock was credited to its line, without its fee
 *   fees        fees of a batch were credited to whoever applied it
 *   parked      a credit began to wait; `units` of it, none on a line yet
 *   unparked    a parked credit reached its line, without its fee
 *   parked-released, parked-voided   a parked credit of `units` left for its vault, or was deleted by a rewind
 *   released    a line was debited for a payment at its vault, fee included
 *   refunded    the vault stopped a payment, and its amount came back
 *   transferred, seized   units moved between two accounts: the sign of `delta` tells which way
 *   taken-back  a credit past the point of a rewind was taken back
 *   enabled, disabled     a line began or ceased to have effect on margin
 *   opted-in, opted-out   a protocol may require margin of the account, or no longer does
 *   corrected   a comparison with a quorum of providers put a line right
 */
export const ACCOUNT_CHANGES = [
  'locked',
  'fees',
  'parked',
  'unparked',
  'parked-released',
  'parked-voided',
  'released',
  'refunded',
  'transferred',
  'seized',
  'taken-back',
  'enabled',
  'disabled',
  'opted-in',
  'opted-out',
  'corrected',
] as const;

/** Kind of one change of an account. */
export type AccountChangeKind = (typeof ACCOUNT_CHANGES)[number];
