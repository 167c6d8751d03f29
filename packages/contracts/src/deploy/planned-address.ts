import { type Address, type Unparsed, isAddressSpelt, parseAddress, spellAddress } from '@surety/domain';
import { keccak256 } from '../hash.js';
import { deployError } from './errors.js';

/**
 * Reads an address of a deployment request: whoever holds a role by a mistyped one holds it for good.
 * @throws BAD_PLAN for capitals that are not its checksum; BAD_HEX, OUT_OF_RANGE for what is no address
 */
export function plannedAddress(value: Unparsed, path: string): Address {
  const parsed = parseAddress(value, path);
  const text = String(value);
  if (text.length !== 42 || isAddressSpelt(text, keccak256)) return parsed;
  throw deployError(
    'BAD_PLAN',
    `${path} is ${text}, whose checksum is wrong: a letter or digit of it is probably mistyped; expected ${spellAddress(text, keccak256)} if every one is right; compare it with its source and copy it again`,
  );
}
