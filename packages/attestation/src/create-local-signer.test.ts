import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { keccak256 } from '@surety/contracts';
import { type Bytes32, bytes32, bytesToHex, hexToBytes } from '@surety/domain';
import fc from 'fast-check';
import { recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { canonicalSignature, createLocalSigner, recoverSigner } from './create-local-signer.js';
import { type Secp256k1Binding, loadSecp256k1 } from './load-secp256k1.js';
import { openEnvironmentSigner } from './open-environment-signer.js';

/** A well-known test key of local nodes. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const hashOf = (bytes: Uint8Array): Bytes32 => bytes32(bytesToHex(keccak256(bytes)));
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

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

describe('canonicalSignature', () => {
  it('brings every form of one signature to the form that is accepted, and refuses other bytes', async () => {
    const signer = createLocalSigner(hexToBytes(KEY));
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    for (const fill of [1, 2, 3, 4, 5, 6]) {
      const signature = await signer.sign(new Uint8Array(66).fill(fill));
      const parity = signature.endsWith('1c') ? 1 : 0;
      const high = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, '0');
      const low = signature.slice(0, 130);
      const forms = [
        `${low}0${parity}`,
        `${low.slice(0, 66)}${high}0${1 - parity}`,
        `${low.slice(0, 66)}${high}1${'cb'[parity]}`,
      ];
      for (const form of [signature, ...forms]) expect(canonicalSignature(form)).toBe(signature);
    }
    expect(canonicalSignature(`0x${'ff'.repeat(64)}1b`)).toBeUndefined();
    expect(canonicalSignature(`0x${'11'.repeat(64)}25`)).toBeUndefined();
    expect(canonicalSignature('hello')).toBeUndefined();
  });
});

describe('createLocalSigner', () => {
  it.each([new Uint8Array(32), new Uint8Array(31).fill(1), new Uint8Array(32).fill(255)])(
    'refuses a key off the curve',
    (key) => {
      expect(() => createLocalSigner(key)).toThrowError(expect.objectContaining({ code: 'SIGNER_KEY_INVALID' }));
    },
  );

  it('shows its key in no text', () => {
    const signer = createLocalSigner(hexToBytes(KEY));
    expect(`${inspect(signer, { depth: 9, showHidden: true })}${JSON.stringify(signer)}`).not.toContain(
      KEY.slice(2, 20),
    );
  });

  it('keeps signing after the caller wiped the key it passed', async () => {
    const key = hexToBytes(KEY);
    const signer = createLocalSigner(key);
    key.fill(0);
    const preimage = new Uint8Array(66).fill(0x12);
    expect(recoverSigner(hashOf(preimage), await signer.sign(preimage))).toBe(signer.address);
  });

  it('has the address and gives the signatures that another implementation gives', async () => {
    const account = privateKeyToAccount(KEY);
    const signer = createLocalSigner(hexToBytes(KEY));
    expect(signer.address).toBe(account.address.toLowerCase());
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 66, maxLength: 66 }), async (bytes) => {
        const digest = hashOf(bytes);
        const signature = await signer.sign(bytes);
        expect(signature).toBe(await account.sign({ hash: digest }));
        expect(BigInt(`0x${signature.slice(66, 130)}`)).toBeLessThanOrEqual(HALF_ORDER);
        expect((await recoverAddress({ hash: digest, signature })).toLowerCase()).toBe(signer.address);
      }),
      { numRuns: 50 },
    );
  });
});

describe('recoverSigner', () => {
  const preimage = new Uint8Array(66).fill(0x12);
  const digest = hashOf(preimage);

  it('accepts no second form of a signature, and no other bytes', async () => {
    const signer = createLocalSigner(hexToBytes(KEY));
    const signature = await signer.sign(preimage);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, '0');
    const flipped = signature.endsWith('1b') ? '1c' : '1b';
    expect(recoverSigner(digest, `${signature.slice(0, 66)}${high}${flipped}` as `0x${string}`)).toBeUndefined();
    expect(recoverSigner(digest, `${signature.slice(0, 130)}00` as `0x${string}`)).toBeUndefined();
    expect(recoverSigner(digest, `0x${'00'.repeat(64)}1b`)).toBeUndefined();
    expect(recoverSigner(digest, '0x1234')).toBeUndefined();
    expect(recoverSigner(digest, signature)).toBe(signer.address);
  });
});

describe('openEnvironmentSigner', () => {
  it('refuses a key in the environment in the production profile', () => {
    expect(() => openEnvironmentSigner({ key: KEY, profile: 'production' })).toThrowError(
      expect.objectContaining({ code: 'SIGNER_KEY_NOT_ALLOWED' }),
    );
  });

  it('refuses a malformed key without repeating it', () => {
    const open = (): unknown => openEnvironmentSigner({ key: '0xcanary', profile: 'development' });
    expect(open).toThrowError(expect.objectContaining({ code: 'SIGNER_KEY_INVALID' }));
    expect(open).not.toThrowError(/canary/);
  });

  it('opens it in the development profile', () => {
    expect(openEnvironmentSigner({ key: KEY, profile: 'development' }).address).toBe(
      '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
    );
  });
});
