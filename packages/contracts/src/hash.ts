import type { Keccak256 } from '@surety/domain';
import { createKeccak } from 'hash-wasm';

const hasher = await createKeccak(256);

/**
 * Returns the keccak-256 hash of some bytes, at the speed of WebAssembly. One instance is reused: each call starts,
 * feeds and finishes it synchronously, so calls never mix.
 */
export const keccak256: Keccak256 = (bytes) => hasher.init().update(bytes).digest('binary');
