import type { collateralLedgerAbi } from '@surety/contracts';
import type { AskView } from './contract-views.js';

/** Time after a conflict for which what it delays waits longer. @source LedgerSources.OPENS_AFTER */
const OPENS_AFTER_S = 604_800n;
/** `ParkReason.UNCONFIRMED`. @source LedgerTypes.sol */
const UNCONFIRMED = 1;

/**
 * Reads the time in seconds from which a parked credit may be unparked, later if a witness conflicted since it was parked;
 * 0 if the ledger names none.
 */
export async function readParkedDate(
  { source, index }: { readonly source: number; readonly index: bigint },
  ask: AskView<typeof collateralLedgerAbi>,
): Promise<bigint | undefined> {
  const credit = await ask('parkedOf', source, index);
  const readyAt = BigInt(credit.readyAt);
  if (credit.reason !== UNCONFIRMED || readyAt === 0n) return readyAt;
  const [, contestedAt] = await ask('confirmedOf', source);
  const conflictAt = BigInt(contestedAt);
  if (conflictAt === 0n || conflictAt < BigInt(credit.parkedAt)) return readyAt;
  return (readyAt > conflictAt ? readyAt : conflictAt) + OPENS_AFTER_S;
}
