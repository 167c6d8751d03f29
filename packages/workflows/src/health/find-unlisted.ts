import { type Address, type Bytes32, parseAccountId } from '@surety/domain';
import type { OptInFact } from '../ledger-projection/collateral-rows.js';

/** Where the protocols of accounts are found, and which contracts isolated accounts may be at without being shown apart. */
export interface KnownProtocols {
  readonly store: {
    /** Returns every protocol that some accounts opted in to. */
    loadOptInsOf(accounts: readonly Bytes32[]): Promise<readonly OptInFact[]>;
  };
  /** In lower case. */
  readonly known: ReadonlySet<Address>;
}

/**
 * Returns those of some accounts that are isolated and at no known protocol. Their owner chose the contract and may have written it, so that
 * what it requires says nothing of the ledger; a cross-margin account is at protocols that the governor listed alone.
 */
export async function findUnlisted(
  { store, known }: KnownProtocols,
  accounts: readonly Bytes32[],
): Promise<ReadonlySet<Bytes32>> {
  const isolated = accounts.filter((account) => parseAccountId(account).sub !== 0n);
  if (isolated.length === 0) return new Set();
  const joined = (await store.loadOptInsOf(isolated)).filter(({ protocol }) => known.has(protocol));
  const named = new Set(joined.map(({ account }) => account));
  return new Set(isolated.filter((account) => !named.has(account)));
}
