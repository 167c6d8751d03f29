import { type Address, type Bytes32, type Hex, address, bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import { keccak256 } from '../hash.js';

/** The deterministic deployment proxy: takes salt ‖ creation code and deploys it with CREATE2. It has the same address on every chain. */
export const CREATE2_FACTORY = address('0x4e59b44847b379578588920ca78fbf26c0b4956c');

/** Returns the address that the deployment proxy will deploy some creation code to. @source EIP-1014 */
export function create2Address(request: { readonly salt: Bytes32; readonly initCode: Hex }): Address {
  const hash = keccak256(
    concatBytes(
      Uint8Array.of(0xff),
      hexToBytes(CREATE2_FACTORY, 20),
      hexToBytes(request.salt, 32),
      keccak256(hexToBytes(request.initCode)),
    ),
  );
  return address(bytesToHex(hash.subarray(12)));
}
