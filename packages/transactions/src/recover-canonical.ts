import { type Address, type Bytes32, type Hex, address } from '@surety/domain';
import { recoverAddress } from 'viem';

/** Half the order of secp256k1, rounded down. @source AttesterSet.sol */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * Gives who signed a digest in the one form that verifiers take (65 bytes, low-s, v 27 or 28), undefined for any other
 * bytes: another form of a member's signature recovers to it too, and a verifier refuses the whole batch for it.
 */
export async function recoverCanonical(digest: Bytes32, signature: Hex): Promise<Address | undefined> {
  if (!/^0x[0-9a-f]{128}1[bc]$/i.test(signature)) return undefined;
  if (BigInt(`0x${signature.slice(66, 130)}`) > HALF_ORDER) return undefined;
  return recoverAddress({ hash: digest, signature }).then(address, () => undefined);
}
