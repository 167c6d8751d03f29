import { keccak256 } from '@surety/contracts';
import type { Bytes32 } from '@surety/domain';
import { type MarginSnapshot, parametersHash } from '@surety/workflows';

/** A snapshot never changes, and hundreds of requests a second may read one. */
const hashes = new WeakMap<MarginSnapshot, Bytes32>();

/** Returns the version of the parameters of a block, hashed once for each snapshot. */
export function parametersOf(snapshot: MarginSnapshot): Bytes32 {
  const known = hashes.get(snapshot);
  if (known !== undefined) return known;
  const hash = parametersHash(snapshot.terms.values(), keccak256);
  hashes.set(snapshot, hash);
  return hash;
}
