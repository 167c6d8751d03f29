import { type Bytes32, accountId, address } from '@surety/domain';
import { operatorError } from './errors.js';

/** Reads an account: its 32-byte name, or an owner's address for sub-account 0 at home on the settlement chain. @throws BAD_USE. */
export function parseAccountArgument(text: string): Bytes32 {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return accountId({ owner: address(text), home: 0, sub: 0n });
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as Bytes32;
  throw operatorError(
    'BAD_USE',
    `"${text}" is no account; expected an address (20 bytes) or an account's name (32 bytes)`,
  );
}
