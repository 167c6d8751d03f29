import { AppError, type Bytes32, type Entry, bytes32, bytesToHex, unpackEntry } from '@surety/domain';

/** Offset of the account in a packed entry. @source PROTOCOL section 3 */
const ACCOUNT_FROM = 19;
const ACCOUNT_TO = 51;

/** Returns the account of a packed entry of any kind. */
export function accountOfEntry(packed: Uint8Array): Bytes32 {
  return bytes32(bytesToHex(packed.subarray(ACCOUNT_FROM, ACCOUNT_TO)));
}

/** Parses a packed entry. Undefined for an unknown kind, which belongs to its journal and has no effect. */
export function readKnownEntry(packed: Uint8Array): Entry | undefined {
  try {
    return unpackEntry(packed);
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'UNKNOWN_KIND') return undefined;
    throw cause;
  }
}
