import { type Hex, bytesToHex, hexToBytes } from '@surety/domain';
import type { ContractCode } from '../contract-code.js';

/** True if deployed code equals the compiler's, ignoring the places that immutables fill. */
export function isCodeOf(deployed: Hex, code: ContractCode): boolean {
  const seen = hexToBytes(deployed);
  const expected = hexToBytes(code.runtime);
  for (const { start, length } of code.immutables) seen.fill(0, start, start + length);
  return bytesToHex(seen) === bytesToHex(expected);
}
