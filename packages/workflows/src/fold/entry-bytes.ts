import {
  AppError,
  type Bytes32,
  type Entry,
  bytes32,
  bytesToHex,
  concatBytes,
  hexToBytes,
  packEntry,
  tokenUnits,
  uintToBytes,
  unpackEntry,
} from '@surety/domain';
import type { JournaledFact, ReleasedFact } from './ledger-fact.js';

/** Place of the account in a packed entry. @source PROTOCOL section 3 */
const ACCOUNT_FROM = 19;
const ACCOUNT_TO = 51;

/** Gives the account that a packed entry names, whatever its kind. */
export function accountOfEntry(packed: Uint8Array): Bytes32 {
  return bytes32(bytesToHex(packed.subarray(ACCOUNT_FROM, ACCOUNT_TO)));
}

/** Reads one packed entry; undefined if its kind is none that is known: it belongs to its journal and has no effect. */
export function readKnownEntry(packed: Uint8Array): Entry | undefined {
  try {
    return unpackEntry(packed);
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'UNKNOWN_KIND') return undefined;
    throw cause;
  }
}

/** Gives the entry that the ledger's journal gained, a RELEASE or one of another kind. */
export function packAppended(fact: ReleasedFact | JournaledFact): Uint8Array {
  return fact.kind === 'released' ? packRelease(fact) : packJournaled(fact);
}

/** Gives an entry of any kind, which has no fee: whether it is the journal's is for its head to say. @source event Journaled */
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

/** Gives the entry that the ledger's journal gained by a release. @source ILedgerAccounts, event Released */
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
