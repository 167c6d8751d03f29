import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hexToBytes } from '@surety/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keystore, SCRYPT_LIGHT, decryptKeystore, encryptKeystore, parseKeystore } from './keystore.js';
import { openKeystoreSigner, writeKeystoreFile } from './keystore-file.js';

const privateKey = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
const password = 'correct horse battery staple';
let bytesGiven = 0;
const countingBytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => ++bytesGiven % 256);
let folder = '';
let keystore: Keystore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'surety-keystore-'));
  keystore = await encryptKeystore({ privateKey, password, randomBytes: countingBytes, cost: SCRYPT_LIGHT });
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('decryptKeystore', () => {
  it('refuses a wrong password, and repeats neither', async () => {
    const attempt = decryptKeystore(keystore, 'canary');
    await expect(attempt).rejects.toMatchObject({ code: 'KEYSTORE_PASSWORD_WRONG', retryable: false });
    await expect(attempt).rejects.not.toThrow(/canary|horse/);
  });

  it('refuses a changed ciphertext', async () => {
    const changed = { ...keystore, crypto: { ...keystore.crypto, ciphertext: '00'.repeat(32) } };
    await expect(decryptKeystore(changed, password)).rejects.toMatchObject({ code: 'KEYSTORE_PASSWORD_WRONG' });
  });

  it('gives the key that was encrypted, at the usual cost too', async () => {
    const usual = await encryptKeystore({ privateKey, password, randomBytes: countingBytes });
    expect(usual.crypto.kdfparams).toMatchObject({ n: 262_144, r: 8, p: 1 });
    expect(usual.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await decryptKeystore(usual, password)).toEqual(privateKey);
  });

  it('refuses a keystore whose address is not that of its key', async () => {
    const changed = { ...keystore, address: '11'.repeat(20) };
    await expect(decryptKeystore(changed, password)).rejects.toMatchObject({ code: 'KEYSTORE_INVALID' });
  });
});

describe('parseKeystore', () => {
  it.each([
    ['no object', 1],
    ['another version', { version: 1, crypto: {} }],
    ['another cipher', () => ({ ...keystore, crypto: { ...keystore.crypto, cipher: 'aes-256-cbc' } })],
    ['another kdf', () => ({ ...keystore, crypto: { ...keystore.crypto, kdf: 'pbkdf2' } })],
    ['a cost that takes a gigabyte', () => withCost({ n: 2 ** 20, r: 8, p: 1 })],
    ['a cost that is no power of two', () => withCost({ n: 5_000, r: 8, p: 1 })],
    ['a cost that OpenSSL cannot pay', () => withCost({ n: 262_144, r: 1, p: 8 })],
    ['a cost without end', () => withCost({ n: 4_096, r: 8, p: 1_000 })],
    [
      'a salt of another length',
      () => ({ ...keystore, crypto: { ...keystore.crypto, kdfparams: { ...keystore.crypto.kdfparams, salt: '00' } } }),
    ],
  ])('refuses %s', (_name, value) => {
    const json: unknown = typeof value === 'function' ? value() : value;
    expect(() => parseKeystore(json)).toThrowError(expect.objectContaining({ code: 'KEYSTORE_INVALID' }));
  });

  function withCost(cost: { n: number; r: number; p: number }): unknown {
    return { ...keystore, crypto: { ...keystore.crypto, kdfparams: { ...keystore.crypto.kdfparams, ...cost } } };
  }
});

describe('a keystore file', () => {
  it('is readable by its owner alone, never overwritten, and opens the same signer', async () => {
    const file = join(folder, 'attester.json');
    writeKeystoreFile(file, keystore);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(() => writeKeystoreFile(file, keystore)).toThrowError(expect.objectContaining({ code: 'KEYSTORE_INVALID' }));
    expect((await openKeystoreSigner({ file, password })).address).toBe('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266');
  });

  it('is refused when it is missing or holds something else', async () => {
    await expect(openKeystoreSigner({ file: join(folder, 'none.json'), password })).rejects.toMatchObject({
      code: 'KEYSTORE_INVALID',
    });
    const file = join(folder, 'text.json');
    writeFileSync(file, 'not json');
    await expect(openKeystoreSigner({ file, password })).rejects.toMatchObject({ code: 'KEYSTORE_INVALID' });
  });
});
