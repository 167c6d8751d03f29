import { type Address, type Bytes32, parseAccountId } from '@surety/domain';
import type { OptInFact } from '../ledger-projection/collateral-rows.js';

/** Where the protocols of accounts are found, and at which contracts isolated accounts are shown apart. */
export interface UnlistedProtocols {
  readonly store: {
    /** Returns every protocol that some accounts opted in to. */
    loadOptInsOf(accounts: readonly Bytes32[]): Promise<readonly OptInFact[]>;
  };
  /** Contracts of which it is known that neither the configuration nor the ledger lists them; in lower case. */
  readonly unlisted: ReadonlySet<Address>;
}

/**
 * True if an account may be at a contract that the governor never listed: its owner chose it and may have written it, so that what it
 * requires says nothing of the ledger. One with cross margin, or with a home elsewhere, is at listed protocols alone.
 */
export function mayBeUnlisted(account: Bytes32): boolean {
  const { home, sub } = parseAccountId(account);
  return home === 0 && sub !== 0n;
}

/** Returns those of some accounts that are isolated and at an unlisted protocol. One of which that is not known counts as listed. */
export async function findUnlisted(
  { store, unlisted }: UnlistedProtocols,
  accounts: readonly Bytes32[],
): Promise<ReadonlySet<Bytes32>> {
  const isolated = unlisted.size === 0 ? [] : accounts.filter(mayBeUnlisted);
  if (isolated.length === 0) return new Set();
  const joined = await store.loadOptInsOf(isolated);
  return new Set(joined.filter(({ protocol }) => unlisted.has(protocol)).map(({ account }) => account));
}
