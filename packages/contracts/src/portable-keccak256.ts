import type { Keccak256 } from '@surety/domain';
import { keccak256 } from 'viem';

/** Hashes without WebAssembly, which the policy of a page that verifies a proof may forbid. */
export const portableKeccak256: Keccak256 = (bytes) => keccak256(bytes, 'bytes');
