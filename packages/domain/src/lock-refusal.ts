import { domainError } from './errors.js';

/** Verdicts of a vault on a lock, in the contract's order. @source VaultTypes.sol, LockRefusal */
export const LOCK_REFUSALS = [
  'NONE',
  'ASSET_UNKNOWN',
  'LOCK_PAUSED',
  'OWNER_MISSING',
  'HOME_NOT_SUPPORTED',
  'ASSET_SHORT',
  'BELOW_MINIMUM',
  'CAP_EXCEEDED',
  'ACCOUNTED_TOO_LARGE',
  'ASSET_ENDED',
  'TOKEN_CODE_CHANGED',
] as const;

/** Reason for which a vault refuses a lock; NONE if it does not. */
export type LockRefusal = (typeof LOCK_REFUSALS)[number];

/** Returns the name of a vault's verdict on a lock; UNKNOWN_KIND for a code that this version does not know, so that it never passes for NONE. */
export function lockRefusalOf(code: number): LockRefusal {
  const name = LOCK_REFUSALS[code];
  if (name !== undefined) return name;
  throw domainError(
    'UNKNOWN_KIND',
    `verdict on a lock: seen ${code}, expected 0 to ${LOCK_REFUSALS.length - 1}; the vault is newer than this program, update it`,
    { code },
  );
}
