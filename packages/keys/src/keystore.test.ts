import { createCipheriv, scryptSync } from 'node:crypto';
import { hexToBytes } from '@surety/domain';
import { keccak256 as viemKeccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { SCRYPT_LIGHT, decryptKeystore, encryptKeystore, parseKeystore } from './keystore.js';

const privateKey = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
const password = 'correct horse battery staple';
let bytesGiven = 0;
const countingBytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => ++bytesGiven % 256);
const keystore = encryptKeystore({ privateKey, password, randomBytes: countingBytes, cost: SCRYPT_LIGHT });

/** Returns the keystore with some of its kdf's parameters changed. */
function withParams(changes: Readonly<Record<string, unknown>>): unknown {
  return { ...keystore, crypto: { ...keystore.crypto, kdfparams: { ...keystore.crypto.kdfparams, ...changes } } };
}

/** Seals a key by the definition's own words, apart from the code under test. @source Web3 Secret Storage Definition, version 3 */
function sealByHand(salt: Buffer, { n, r, p }: { n: number; r: number; p: number }): Record<string, unknown> {
  const iv = Buffer.alloc(16, 0x83);
  const derived = scryptSync(password, salt, 32, { N: n, r, p });
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(privateKey), cipher.final()]);
  return {
    version: 3,
    Crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: iv.toString('hex').toUpperCase() },
      ciphertext: `0x${ciphertext.toString('hex')}`,
      kdf: 'scrypt',
      kdfparams: { dklen: 32, n, r, p, salt: salt.toString('hex') },
      mac: viemKeccak256(Buffer.concat([derived.subarray(16, 32), ciphertext]), 'hex').slice(2),
    },
  };
}

describe('decryptKeystore', () => {
  it('refuses a wrong password, and repeats neither', () => {
    const attempt = (): unknown => decryptKeystore(keystore, 'canary');
    expect(attempt).toThrowError(expect.objectContaining({ code: 'KEYSTORE_PASSWORD_WRONG', retryable: false }));
    expect(attempt).not.toThrowError(/canary|horse/);
  });

  it('refuses a changed ciphertext', () => {
    const changed = { ...keystore, crypto: { ...keystore.crypto, ciphertext: '00'.repeat(32) } };
    expect(() => decryptKeystore(changed, password)).toThrowError(
      expect.objectContaining({ code: 'KEYSTORE_PASSWORD_WRONG' }),
    );
  });

  it('gives the key that was encrypted, at the usual cost too', () => {
    const usual = encryptKeystore({ privateKey, password, randomBytes: countingBytes });
    expect(usual.crypto.kdfparams).toMatchObject({ n: 262_144, r: 8, p: 1 });
    expect(usual.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(decryptKeystore(usual, password)).toEqual(privateKey);
  });

  it('opens what wallets write: no address, salts of other lengths, capital digits, the whole of p', () => {
    for (const salt of [0, 8, 16, 64].map((length) => Buffer.alloc(length, 0xab))) {
      const sealed = sealByHand(salt, { n: 1_024, r: 8, p: 16 });
      expect(parseKeystore(sealed).address).toBeUndefined();
      expect(decryptKeystore(sealed, password)).toEqual(privateKey);
    }
  });
});

describe('parseKeystore', () => {
  it.each([
    ['no object', 1],
    ['another version', { version: 1, crypto: {} }],
    ['another cipher', { ...keystore, crypto: { ...keystore.crypto, cipher: 'aes-256-cbc' } }],
    ['another kdf', { ...keystore, crypto: { ...keystore.crypto, kdf: 'pbkdf2' } }],
    ['a cost that takes a gigabyte', withParams({ n: 2 ** 20, r: 8, p: 1 })],
    ['a cost that is no power of two', withParams({ n: 5_000, r: 8, p: 1 })],
    ['a cost that OpenSSL cannot pay', withParams({ n: 262_144, r: 1, p: 8 })],
    ['a cost without end', withParams({ n: 4_096, r: 8, p: 1_000 })],
    ['a cost whose p alone takes a gigabyte', withParams({ n: 2, r: 2 ** 19, p: 16 })],
    ['a salt of half a byte', withParams({ salt: '000' })],
    ['no salt', withParams({ salt: undefined })],
  ])('refuses %s', (_name, json) => {
    expect(() => parseKeystore(json)).toThrowError(expect.objectContaining({ code: 'KEYSTORE_INVALID' }));
  });

  it('takes twice the usual cost, and p up to 16 with it', () => {
    const cost = { n: 2 ** 19, r: 8, p: 16 };
    expect(parseKeystore(withParams(cost)).crypto.kdfparams).toMatchObject(cost);
  });
});
