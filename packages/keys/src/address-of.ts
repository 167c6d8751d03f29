import { keccak256 } from '@surety/contracts';
import { type Address, address, bytesToHex } from '@surety/domain';

/** Returns the address of an uncompressed public key of 65 bytes: the last 20 bytes of its hash. */
export function addressOf(publicKey: Uint8Array): Address {
  return address(bytesToHex(keccak256(publicKey.subarray(1)).subarray(12)));
}
