import { domainError } from './errors.js';
import { type Keccak256, asciiToBytes } from './hex.js';
import { type Address, address } from './units.js';

/** Writes an address, 0x and 40 hex digits in any letters, with the capitals of its checksum. @source EIP-55 */
export function spellAddress(text: string, keccak256: Keccak256): string {
  const small = text.slice(2).toLowerCase();
  const hash = keccak256(asciiToBytes(small));
  const spelt = Array.from(small, (digit, at) => {
    const nibble = ((hash[at >> 1] ?? 0) >> (at % 2 === 0 ? 4 : 0)) & 15;
    return nibble >= 8 ? digit.toUpperCase() : digit;
  });
  return `0x${spelt.join('')}`;
}

/** Returns whether an address may be as it was meant: letters of one case carry no checksum, others must be the right ones. @source EIP-55 */
export function isAddressSpelt(text: string, keccak256: Keccak256): boolean {
  const digits = text.slice(2);
  return (
    digits === digits.toLowerCase() ||
    digits === digits.toUpperCase() ||
    spellAddress(text, keccak256) === `0x${digits}`
  );
}

/**
 * Reads an address that a person typed or copied. Nobody holds the key of a mistyped one: what is locked for it is lost.
 * @throws BAD_CHECKSUM for letters of both cases that are not its EIP-55 spelling; BAD_HEX, BAD_LENGTH.
 */
export function readAddress(text: string, keccak256: Keccak256): Address {
  const read = address(text);
  if (isAddressSpelt(text, keccak256)) return read;
  throw domainError(
    'BAD_CHECKSUM',
    `"${text}" is an address with a wrong checksum: a letter or digit of it is probably mistyped; expected ${spellAddress(text, keccak256)} if every one is right; compare it with its source and copy it again`,
  );
}
