import { createRequire } from 'node:module';
import { bytesToHex, hexToBytes } from '@surety/domain';
import type * as Secp256k1 from 'secp256k1';
import { keyError } from './errors.js';

/** The functions of the secp256k1 package. */
export type Secp256k1Binding = typeof Secp256k1;

/** Loads modules by name, as `require` does, and lists the loaded ones. */
export interface LoadModule {
  (name: string): unknown;
  readonly cache?: Readonly<Record<string, unknown>>;
}

/** A signature that every right implementation gives, since RFC 6979 leaves nothing to choose. @source RFC 6979, SEC 2 */
const KNOWN = {
  key: `0x${'46'.repeat(32)}`,
  digest: '0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53',
  signature:
    '0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276' +
    '67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83',
  recid: 0,
} as const;

const checked = new WeakSet<object>();
/** Made once, since every recovery without a binding asks for it. */
const loadModule: LoadModule = createRequire(import.meta.url);

/**
 * Returns the native secp256k1 binding. The package's own door falls back to JavaScript in silence, 31 times slower and not
 * in constant time; so the binding is asked for by its own name, its absence is an error, and what was loaded must have
 * brought a native addon and give a known signature.
 * @throws SIGNER_SLOW_FALLBACK, SIGNER_BINDING_POISONED.
 */
export function loadSecp256k1(load: LoadModule = loadModule): Secp256k1Binding {
  let binding: Secp256k1Binding;
  try {
    binding = load('secp256k1/bindings.js') as Secp256k1Binding;
  } catch (cause) {
    throw keyError(
      'SIGNER_SLOW_FALLBACK',
      `the native secp256k1 binding does not load on ${process.platform}-${process.arch}; expected it, since the JavaScript ` +
        'fallback is slow and leaks timing. Run `npm rebuild secp256k1` with a C++ compiler at hand',
      cause,
    );
  }
  if (checked.has(binding)) return binding;
  requireNative(load);
  requireKnownAnswer(binding);
  checked.add(binding);
  return binding;
}

function requireNative({ cache = {} }: LoadModule): void {
  if (Object.keys(cache).some((file) => /[\\/]secp256k1[\\/].*\.node$/.test(file))) return;
  throw keyError(
    'SIGNER_SLOW_FALLBACK',
    'the secp256k1 binding loaded no native addon; expected one: something took its place. Install the packages anew',
  );
}

function requireKnownAnswer(binding: Secp256k1Binding): void {
  const key = hexToBytes(KNOWN.key, 32);
  const digest = hexToBytes(KNOWN.digest, 32);
  const { signature, recid } = binding.ecdsaSign(digest, key);
  const publicKey = bytesToHex(binding.publicKeyCreate(key, false));
  const recovered = bytesToHex(binding.ecdsaRecover(hexToBytes(KNOWN.signature, 64), KNOWN.recid, digest, false));
  if (bytesToHex(signature) === KNOWN.signature && recid === KNOWN.recid && recovered === publicKey) return;
  throw keyError(
    'SIGNER_BINDING_POISONED',
    'the secp256k1 binding signs or recovers a known digest wrongly; expected the one right answer. Nothing may be signed ' +
      'with it: install the packages anew from the lock file',
  );
}
