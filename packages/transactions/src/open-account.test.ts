import { createCipheriv, scryptSync } from 'node:crypto';
import { AppError } from '@surety/domain';
import { keccak256 } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { makeKeystore, openDevelopmentKey, openKeystore } from './open-account.js';

const KEY = `0x${'7a'.repeat(32)}`;
const STORE = seal(KEY, 'testpassword', { n: 4_096, r: 8, p: 1 });

/** Encrypts a key independently of the code under test. @source Web3 Secret Storage Definition, version 3 */
function seal(key: string, password: string, { n, r, p }: { n: number; r: number; p: number }) {
  const salt = Buffer.alloc(32, 0xab);
  const iv = Buffer.alloc(16, 0x83);
  const derived = scryptSync(password, salt, 32, { N: n, r, p, maxmem: 2 ** 28 });
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(key.slice(2), 'hex')), cipher.final()]);
  const mac = keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext]), 'hex').slice(2);
  return {
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: iv.toString('hex') },
      ciphertext: ciphertext.toString('hex'),
      kdf: 'scrypt',
      kdfparams: { dklen: 32, n, r, p, salt: salt.toString('hex') },
      mac,
    },
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    version: 3,
  };
}

function refusal(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a keystore', () => {
  it('is refused with a wrong password, and the error contains neither password nor key', () => {
    const error = refusal(() => openKeystore(JSON.stringify(STORE), 'wrong'));
    expect(error.code).toBe('KEY_UNREADABLE');
    expect(error.message).toMatchInlineSnapshot(`"the password does not open the keystore; check the password file"`);
  });

  it('is refused in another format, or when it asks for too much memory', () => {
    const greedy = {
      ...STORE,
      crypto: { ...STORE.crypto, kdfparams: { ...STORE.crypto.kdfparams, n: 2 ** 22, r: 8 } },
    };
    const pbkdf2 = { ...STORE, crypto: { ...STORE.crypto, kdf: 'pbkdf2' } };
    for (const form of [
      'no json',
      '{}',
      JSON.stringify({ ...STORE, version: 1 }),
      JSON.stringify(pbkdf2),
      JSON.stringify(greedy),
    ]) {
      expect(refusal(() => openKeystore(form, 'testpassword')).code).toBe('KEY_UNREADABLE');
    }
  });

  it('is refused with parameters that scrypt does not define', () => {
    const odd = { ...STORE, crypto: { ...STORE.crypto, kdfparams: { ...STORE.crypto.kdfparams, n: 262_144, r: 1 } } };
    expect(refusal(() => openKeystore(JSON.stringify(odd), 'testpassword')).message).toMatchInlineSnapshot(
      `"the keystore is refused: its scrypt cost is n=262144, r=1, p=1; expected a power of two n below 2^(16·r), p at most 16, 128·r·(n + p + 2) at most 513 MiB; write it again with a common wallet tool, as version 3 with scrypt and aes-128-ctr"`,
    );
  });

  it('opens with its password', () => {
    expect(openKeystore(JSON.stringify(STORE), 'testpassword').address).toBe(
      privateKeyToAccount(KEY as `0x${string}`).address,
    );
  });
});

describe('a development key', () => {
  it('is refused unless it is 32 bytes of hex within the curve order, and never printed', () => {
    for (const key of ['0x12', `0x${'00'.repeat(32)}`, `0x${'ff'.repeat(32)}`]) {
      const error = refusal(() => openDevelopmentKey(key));
      expect(error.code).toBe('KEY_UNREADABLE');
      expect(error.message).not.toContain(key);
    }
  });
});

describe('a new keystore', () => {
  it('opens with its password to the key that the random bytes gave, and does not hold it', () => {
    let call = 0;
    const made: Uint8Array[] = [];
    const randomBytes = (length: number): Uint8Array => {
      call += 1;
      const bytes = new Uint8Array(length).fill(call);
      made.push(bytes);
      return bytes;
    };
    const json = makeKeystore({ password: 'testpassword', randomBytes, isLight: true });
    const key = Buffer.from(made[0] ?? []).toString('hex');
    expect(openKeystore(json, 'testpassword').address).toBe(openDevelopmentKey(`0x${key}`).address);
    expect(json).not.toContain(key);
  });
});
