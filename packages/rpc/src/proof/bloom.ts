import { type Hex, type Keccak256, hexToBytes } from '@surety/domain';

/** Bits of a header's bloom filter. @source Ethereum Yellow Paper, section 4.3.1 */
const BLOOM_BITS = 2048;

/**
 * Returns whether a block with this bloom filter can contain a log with this address and these topics. False is
 * certain. True is wrong in a few percent of full blocks, and rarely in others.
 */
export function bloomMayHold(
  bloom: Uint8Array,
  log: { readonly address: Hex; readonly topics: readonly Hex[] },
  keccak256: Keccak256,
): boolean {
  return [log.address, ...log.topics].every((value) => {
    const hash = keccak256(hexToBytes(value));
    return [0, 2, 4].every((at) => {
      const bit = ((hash[at] ?? 0) * 256 + (hash[at + 1] ?? 0)) % BLOOM_BITS;
      return ((bloom[255 - (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0;
    });
  });
}
