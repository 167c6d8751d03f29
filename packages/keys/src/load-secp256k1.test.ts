import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { type Secp256k1Binding, loadSecp256k1 } from './load-secp256k1.js';

describe('loadSecp256k1', () => {
  const require = createRequire(import.meta.url);
  const native = require('secp256k1/bindings.js') as Secp256k1Binding;

  it('refuses the JavaScript fallback instead of taking it in silence', () => {
    const missing = (): never => {
      throw new Error('No native build was found');
    };
    expect(() => loadSecp256k1(missing)).toThrowError(expect.objectContaining({ code: 'SIGNER_SLOW_FALLBACK' }));
  });

  it('refuses the JavaScript implementation under the native one’s name', () => {
    const swapped = Object.assign(() => require('secp256k1/elliptic.js') as unknown, { cache: {} });
    expect(() => loadSecp256k1(swapped)).toThrowError(expect.objectContaining({ code: 'SIGNER_SLOW_FALLBACK' }));
  });

  it.each([
    ['signs with a chosen s', { ecdsaSign: leaking }],
    ['recovers everybody as one', { ecdsaRecover: () => native.publicKeyCreate(new Uint8Array(32).fill(9), false) }],
  ])('refuses a binding that %s', (_, change) => {
    const poisoned = Object.assign(() => ({ ...native, ...change }), { cache: require.cache });
    expect(() => loadSecp256k1(poisoned)).toThrowError(expect.objectContaining({ code: 'SIGNER_BINDING_POISONED' }));
    expect(loadSecp256k1(Object.assign(() => ({ ...native }), { cache: require.cache })).ecdsaSign).toBe(
      native.ecdsaSign,
    );
  });

  /** Signs rightly, but draws its nonce from elsewhere, as a binding that gives keys away would. */
  function leaking(digest: Uint8Array, key: Uint8Array): ReturnType<Secp256k1Binding['ecdsaSign']> {
    return native.ecdsaSign(digest, key, { data: new Uint8Array(32).fill(1) });
  }
});
