import { keccak256 } from '@surety/contracts';
import { type Address, type Bytes32, accountId, address, isAddressSpelt, spellAddress } from '@surety/domain';
import { operatorError } from '../errors.js';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/**
 * Reads an address that a person typed; `option` names where: `--recipient`. Small letters alone, or capitals alone, carry no
 * checksum; both together must be the EIP-55 spelling.
 * @throws BAD_USE for anything that is no address; BAD_CHECKSUM with the right spelling of what was typed.
 */
export function parseAddressArgument(text: string, option: string): Address {
  if (!ADDRESS.test(text)) {
    const bytes = /^0x([0-9a-fA-F]{2})+$/.test(text) ? `, ${text.length / 2 - 1} of 20 bytes` : '';
    throw operatorError(
      'BAD_USE',
      `${option} is "${text.slice(0, 80)}"${bytes}; expected an address: 0x and 40 hex digits`,
    );
  }
  requireChecksum(text, option);
  return address(text);
}

/**
 * Reads an account: its 32-byte name, or an owner's address for sub-account 0 at home on the settlement chain; `option` names where it
 * was typed.
 * @throws BAD_USE, BAD_CHECKSUM.
 */
export function parseAccountArgument(text: string, option = '<account>'): Bytes32 {
  if (ADDRESS.test(text)) return accountId({ owner: parseAddressArgument(text, option), home: 0, sub: 0n });
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as Bytes32;
  throw operatorError(
    'BAD_USE',
    `${option} is "${text.slice(0, 80)}"; expected an account: an address (20 bytes) or a name (32 bytes), as hex after 0x`,
  );
}

function requireChecksum(text: string, option: string): void {
  if (isAddressSpelt(text, keccak256)) return;
  const expected = spellAddress(text, keccak256);
  throw operatorError(
    'BAD_CHECKSUM',
    `${option} is "${text}", whose checksum is wrong: a letter or digit of it is probably mistyped; expected ${expected} if every one is right; compare it with its source and copy it again`,
  );
}
