/**
 * Half the order of secp256k1, rounded down, as 64 hex digits. Every signature with a larger s has a twin with a smaller one;
 * only the smaller one is valid. @source SEC 2; EIP-2; AttesterSet.sol
 */
const S_MAX = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0';

/**
 * True if a signature has the one form that verifiers accept: r ‖ s ‖ v, 65 bytes, s at most half the curve's order, v 27 or 28.
 * Other forms recover to the member as well, but a verifier refuses the whole batch for one of them. Does not recover the
 * signer.
 */
export function isCanonicalSignature(signature: string): boolean {
  if (!/^0x[0-9a-fA-F]{128}1[b-cB-C]$/.test(signature)) return false;
  // Hex texts of equal length compare like their numbers.
  return signature.slice(66, 130).toLowerCase() <= S_MAX;
}
