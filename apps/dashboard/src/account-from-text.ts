import { accountId, address, bytes32, parseAccountId } from '@surety/domain';

/** Reads an account's name, or an owner's address for its cross-margin account; undefined for anything else. */
export function accountFromText(text: string): string | undefined {
  try {
    if (text.length === 42) return accountId({ owner: address(text), home: 0, sub: 0n });
    return parseAccountId(text).home >= 0 ? bytes32(text) : undefined;
  } catch {
    return undefined;
  }
}
