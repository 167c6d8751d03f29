import { type Keccak256, asciiToBytes } from './hex.js';

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
