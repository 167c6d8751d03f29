import { createRequire } from 'node:module';
import type * as Secp256k1 from 'secp256k1';
import { attestationError } from './errors.js';

/** The functions of the secp256k1 package. */
export type Secp256k1Binding = typeof Secp256k1;

/** Loads a module by name, as `require` does. */
export type LoadModule = (name: string) => unknown;

/**
 * Gives the native secp256k1 binding. The package's own door falls back to JavaScript in silence, 31 times slower and not
 * in constant time; so the binding is asked for by its own name, and its absence is an error.
 * @throws SIGNER_SLOW_FALLBACK.
 */
export function loadSecp256k1(load: LoadModule = createRequire(import.meta.url)): Secp256k1Binding {
  try {
    return load('secp256k1/bindings.js') as Secp256k1Binding;
  } catch (cause) {
    throw attestationError(
      'SIGNER_SLOW_FALLBACK',
      `the native secp256k1 binding does not load on ${process.platform}-${process.arch}; expected it, since the JavaScript ` +
        'fallback is slow and leaks timing. Run `npm rebuild secp256k1` with a C++ compiler at hand',
      {},
      cause,
    );
  }
}
