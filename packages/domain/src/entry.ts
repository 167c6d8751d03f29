import { domainError } from './errors.js';
import { type Keccak256, bytesToHex, bytesToUint, concatBytes, hexToBytes, uintToBytes } from './hex.js';
import { type Bytes32, type TokenUnits, bytes32, tokenUnits } from './units.js';

/** Width of a packed entry. @source PROTOCOL section 3 */
export const ENTRY_BYTES = 95;

/** The kinds of journal entries and their values on the wire. @source PROTOCOL section 3 */
export const ENTRY_KINDS = {
  LOCK: 1,
  REFUND: 2,
  SHORTFALL: 3,
  APPOINT: 4,
  RELEASE: 16,
  LOST: 18,
} as const;

/** The name of an entry's kind. */
export type EntryKind = keyof typeof ENTRY_KINDS;

/** One journal entry. The codec judges structure only; the applying contract judges meaning. */
export interface Entry {
  readonly kind: EntryKind;
  /** The vault's own asset index, uint16. */
  readonly asset: number;
  readonly amount: TokenUnits;
  readonly account: Bytes32;
  readonly party: Bytes32;
  /** Part of `amount` that pays the relayer, uint96. */
  readonly fee: TokenUnits;
}

const KIND_NAMES = new Map<number, EntryKind>(
  (Object.entries(ENTRY_KINDS) as [EntryKind, number][]).map(([name, value]) => [value, name]),
);

/** Packs one entry into its 95 big-endian bytes. @throws OUT_OF_RANGE, UNKNOWN_KIND, BAD_HEX, BAD_LENGTH. */
export function packEntry(entry: Entry): Uint8Array {
  const kind = ENTRY_KINDS[entry.kind];
  if (kind === undefined) {
    throw domainError(
      'UNKNOWN_KIND',
      `"${entry.kind}" is no kind of entry; expected ${Object.keys(ENTRY_KINDS).join(', ')}`,
    );
  }
  return concatBytes(
    Uint8Array.of(kind),
    uintToBytes(BigInt(entry.asset), 2),
    uintToBytes(entry.amount, 16),
    hexToBytes(entry.account, 32),
    hexToBytes(entry.party, 32),
    uintToBytes(entry.fee, 12),
  );
}

/**
 * Returns keccak256(asset ‖ amount ‖ account): the ledger's record of a release, which a refund must match.
 * @source LedgerAccounts.sol, VaultBase.sol
 */
export function refundRecord(
  { asset, amount, account }: { readonly asset: number; readonly amount: bigint; readonly account: Bytes32 },
  keccak256: Keccak256,
): Uint8Array {
  return keccak256(concatBytes(uintToBytes(BigInt(asset), 2), uintToBytes(amount, 16), hexToBytes(account, 32)));
}

/** Reads one packed entry. @throws BAD_LENGTH unless it has 95 bytes, UNKNOWN_KIND. */
export function unpackEntry(bytes: Uint8Array): Entry {
  if (bytes.length !== ENTRY_BYTES) {
    throw domainError('BAD_LENGTH', `an entry has ${bytes.length} bytes; expected ${ENTRY_BYTES}`);
  }
  const kind = KIND_NAMES.get(bytes[0] ?? 0);
  if (kind === undefined) {
    throw domainError('UNKNOWN_KIND', `${bytes[0]} is no kind of entry; expected ${[...KIND_NAMES.keys()].join(', ')}`);
  }
  return {
    kind,
    asset: Number(bytesToUint(bytes.subarray(1, 3))),
    amount: tokenUnits(bytesToUint(bytes.subarray(3, 19))),
    account: bytes32(bytesToHex(bytes.subarray(19, 51))),
    party: bytes32(bytesToHex(bytes.subarray(51, 83))),
    fee: tokenUnits(bytesToUint(bytes.subarray(83, 95))),
  };
}

/** Packs entries one after the other, in order. */
export function packEntries(entries: readonly Entry[]): Uint8Array {
  return concatBytes(...entries.map(packEntry));
}

/** Splits packed entries. @throws BAD_LENGTH unless the length is a multiple of 95, UNKNOWN_KIND. */
export function unpackEntries(bytes: Uint8Array): Entry[] {
  if (bytes.length % ENTRY_BYTES !== 0) {
    throw domainError('BAD_LENGTH', `packed entries have ${bytes.length} bytes; expected a multiple of ${ENTRY_BYTES}`);
  }
  const entries: Entry[] = [];
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES)
    entries.push(unpackEntry(bytes.subarray(at, at + ENTRY_BYTES)));
  return entries;
}
