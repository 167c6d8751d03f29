import { domainError } from './errors.js';
import { bytesToHex, bytesToUint, concatBytes, hexToBytes, uintToBytes } from './hex.js';
import { type Address, type Bytes32, address, bytes32 } from './units.js';

/** An account's name: owner (20 bytes) ‖ home (uint16) ‖ sub-account (uint80). @source PROTOCOL section 1 */
export type AccountId = Bytes32;

/** The three fields of an account id. */
export interface Account {
  readonly owner: Address;
  /** 0 if the owner lives on the settlement chain, else the index of the source on whose chain it lives. */
  readonly home: number;
  /** 0 is cross margin; any other number is an isolated sub-account. */
  readonly sub: bigint;
}

/** Packs an account's parts into its name. @throws OUT_OF_RANGE, BAD_HEX, BAD_LENGTH. */
export function accountId(account: Account): AccountId {
  return bytes32(
    bytesToHex(
      concatBytes(hexToBytes(account.owner, 20), uintToBytes(BigInt(account.home), 2), uintToBytes(account.sub, 10)),
    ),
  );
}

/** Splits an account's name into its parts. @throws BAD_HEX, BAD_LENGTH. */
export function parseAccountId(id: string): Account {
  const bytes = hexToBytes(id, 32);
  return {
    owner: address(bytesToHex(bytes.subarray(0, 20))),
    home: Number(bytesToUint(bytes.subarray(20, 22))),
    sub: bytesToUint(bytes.subarray(22, 32)),
  };
}

/**
 * Refuses an account that no vault accepts today: it needs an owner, and a home on the settlement chain.
 * @throws OUT_OF_RANGE naming the part that is refused.
 */
export function requireLockableAccount(id: AccountId): Account {
  const account = parseAccountId(id);
  if (BigInt(account.owner) === 0n) {
    throw domainError('OUT_OF_RANGE', `account ${id} has owner 0; expected an address that can sign`);
  }
  if (account.home !== 0) {
    throw domainError('OUT_OF_RANGE', `account ${id} has home ${account.home}; expected 0 until APPOINT is built`);
  }
  return account;
}
