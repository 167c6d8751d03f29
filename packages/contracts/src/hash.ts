import type { Keccak256 } from '@surety/domain';
import { type IHasher, createKeccak } from 'hash-wasm';
import { portableKeccak256 } from './portable-keccak256.js';

/** Not awaited: a module that waits for something cannot be loaded by `require`, nor be part of a script. */
let hasher: IHasher | undefined;
createKeccak(256).then(
  (made) => {
    hasher = made;
  },
  () => undefined, // The policy of a page may forbid WebAssembly; the portable hash is the same, and slower.
);

/**
 * Returns the keccak-256 hash of some bytes, at the speed of WebAssembly as soon as that has loaded, which takes a few
 * milliseconds. One instance is reused: each call starts, feeds and finishes it synchronously, so calls never mix.
 */
export const keccak256: Keccak256 = (bytes) =>
  hasher === undefined ? portableKeccak256(bytes) : hasher.init().update(bytes).digest('binary');
