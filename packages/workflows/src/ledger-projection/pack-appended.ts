import { concatBytes, hexToBytes, packEntry, tokenUnits, uintToBytes } from '@surety/domain';
import type { JournaledFact, ReleasedFact } from './ledger-fact.js';

/** Packs the entry that the ledger's journal gained: a RELEASE or another kind. */
export function packAppended(fact: ReleasedFact | JournaledFact): Uint8Array {
  return fact.kind === 'released' ? packRelease(fact) : packJournaled(fact);
}

/**
 * Packs an entry of any kind, which has no fee. The journal's head decides whether it belongs there.
 * @source event Journaled
 */
function packJournaled({ entryKind, vaultAsset, amount, account, party }: JournaledFact): Uint8Array {
  return concatBytes(
    Uint8Array.of(entryKind),
    uintToBytes(BigInt(vaultAsset), 2),
    uintToBytes(amount, 16),
    hexToBytes(account, 32),
    hexToBytes(party, 32),
    uintToBytes(0n, 12),
  );
}

/** Packs the entry of a release. @source ILedgerAccounts, event Released */
export function packRelease({ vaultAsset, amount, account, recipient, fee }: ReleasedFact): Uint8Array {
  return packEntry({
    kind: 'RELEASE',
    asset: vaultAsset,
    amount: tokenUnits(amount),
    account,
    party: recipient,
    fee: tokenUnits(fee),
  });
}
