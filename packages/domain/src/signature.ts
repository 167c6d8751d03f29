/**
 * Half the order of secp256k1, rounded down, as 64 hex digits. A signature with a larger s has a twin with a lower one, so only
 * the lower one counts. @source SEC 2; EIP-2; AttesterSet.sol
 */
const S_MAX = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0';

/**
 * Says whether a text has the one form of a signature that verifiers take: r ‖ s ‖ v, 65 bytes, s at most half the curve's
 * order, v 27 or 28. Another form of a member's signature recovers to the member too, and a verifier refuses the whole batch
 * for it. Whether it recovers to anybody is not asked.
 */
export function isCanonicalSignature(signature: string): boolean {
  if (!/^0x[0-9a-fA-F]{128}1[b-cB-C]$/.test(signature)) return false;
  // Texts of one length compare as their numbers do.
  return signature.slice(66, 130).toLowerCase() <= S_MAX;
}
