import { createCipheriv, createDecipheriv, scrypt, timingSafeEqual } from 'node:crypto';
import { keccak256 } from '@surety/contracts';
import { bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import { createLocalSigner } from './create-local-signer.js';
import { attestationError } from './errors.js';

/** An encrypted private key as JSON. @source Web3 Secret Storage, version 3, scrypt and aes-128-ctr */
export interface Keystore {
  readonly version: 3;
  readonly id: string;
  /** 40 hex digits without 0x. */
  readonly address: string;
  readonly crypto: {
    readonly cipher: 'aes-128-ctr';
    readonly cipherparams: { readonly iv: string };
    readonly ciphertext: string;
    readonly kdf: 'scrypt';
    readonly kdfparams: ScryptCost & { readonly dklen: 32; readonly salt: string };
    readonly mac: string;
  };
}

/** What deriving the key from the password costs: 128 · n · r bytes of memory. */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** The usual cost: 256 MiB and about a second. */
export const SCRYPT_STANDARD: ScryptCost = { n: 262_144, r: 8, p: 1 };

/** A cheap cost, 4 MiB, for local chains whose passwords guard nothing. */
export const SCRYPT_LIGHT: ScryptCost = { n: 4_096, r: 8, p: 1 };

/** Most memory that a keystore may ask for: twice the usual cost. */
const SCRYPT_MEMORY_MAX = 512 * 1024 * 1024;

/** Encrypts a private key under a password. `randomBytes` is passed in; salt, iv and id need 64 bytes of it. */
export async function encryptKeystore(options: {
  readonly privateKey: Uint8Array;
  readonly password: string;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly cost?: ScryptCost;
}): Promise<Keystore> {
  const { privateKey, password, randomBytes, cost = SCRYPT_STANDARD } = options;
  const { address } = createLocalSigner(privateKey);
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const derived = await derive(password, salt, cost);
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = concatBytes(cipher.update(privateKey), cipher.final());
  return {
    version: 3,
    id: uuidOf(randomBytes(16)),
    address: address.slice(2),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: plain(iv) },
      ciphertext: plain(ciphertext),
      kdf: 'scrypt',
      kdfparams: { ...cost, dklen: 32, salt: plain(salt) },
      mac: plain(macOf(derived, ciphertext)),
    },
  };
}

/**
 * Gives the private key that a keystore holds.
 * @throws KEYSTORE_INVALID for another shape, cipher or an excessive cost, or if the key is not that of the address;
 * KEYSTORE_PASSWORD_WRONG.
 */
export async function decryptKeystore(json: unknown, password: string): Promise<Uint8Array> {
  const { crypto, address } = parseKeystore(json);
  const { n, r, p, salt } = crypto.kdfparams;
  const derived = await derive(password, bytesOf(salt), { n, r, p });
  const ciphertext = bytesOf(crypto.ciphertext);
  if (!timingSafeEqual(macOf(derived, ciphertext), bytesOf(crypto.mac))) {
    throw attestationError(
      'KEYSTORE_PASSWORD_WRONG',
      `the password does not open the keystore of 0x${address}; check the password file`,
    );
  }
  const cipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), bytesOf(crypto.cipherparams.iv));
  const privateKey = concatBytes(cipher.update(ciphertext), cipher.final());
  const seen = createLocalSigner(privateKey).address;
  if (seen !== `0x${address}`) throw invalid(`its key belongs to ${seen}, not to 0x${address}`);
  return privateKey;
}

/** Reads a keystore's shape and its cost, which OpenSSL must be able to pay. @throws KEYSTORE_INVALID naming what is wrong, never the content. */
export function parseKeystore(json: unknown): Keystore {
  const store = objectOf(json, 'keystore');
  const crypto = objectOf(store['crypto'] ?? store['Crypto'], 'crypto');
  const params = objectOf(crypto['kdfparams'], 'crypto.kdfparams');
  const { iv } = objectOf(crypto['cipherparams'], 'crypto.cipherparams');
  if (store['version'] !== 3) throw invalid('its version is not 3');
  if (crypto['cipher'] !== 'aes-128-ctr') throw invalid('its cipher is not aes-128-ctr');
  if (crypto['kdf'] !== 'scrypt') throw invalid('its kdf is not scrypt');
  if (params['dklen'] !== 32) throw invalid('its dklen is not 32');
  return {
    version: 3,
    id: typeof store['id'] === 'string' ? store['id'] : '',
    address: digits(store['address'], { name: 'address', bytes: 20 }),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: digits(iv, { name: 'crypto.cipherparams.iv', bytes: 16 }) },
      ciphertext: digits(crypto['ciphertext'], { name: 'crypto.ciphertext', bytes: 32 }),
      kdf: 'scrypt',
      kdfparams: {
        ...costOf(params),
        dklen: 32,
        salt: digits(params['salt'], { name: 'crypto.kdfparams.salt', bytes: 32 }),
      },
      mac: digits(crypto['mac'], { name: 'crypto.mac', bytes: 32 }),
    },
  };
}

function costOf(params: Readonly<Record<string, unknown>>): ScryptCost {
  const [n, r, p] = [params['n'], params['r'], params['p']].map((value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0,
  ) as [number, number, number];
  const powerOfTwo = n > 1 && Number.isInteger(Math.log2(n));
  if (!powerOfTwo || r === 0 || p === 0 || p > 16 || Math.log2(n) >= 16 * r || 128 * n * r > SCRYPT_MEMORY_MAX) {
    throw invalid(
      `its scrypt cost n=${n}, r=${r}, p=${p} is refused: n is a power of two below 2^(16·r), p at most 16, 128·n·r at most 512 MiB`,
    );
  }
  return { n, r, p };
}

function derive(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  const options = { N: cost.n, r: cost.r, p: cost.p, maxmem: SCRYPT_MEMORY_MAX + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function macOf(derived: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return keccak256(concatBytes(derived.subarray(16, 32), ciphertext));
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${name} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

function digits(value: unknown, wanted: { name: string; bytes: number }): string {
  const text = typeof value === 'string' ? value.replace(/^0x/, '').toLowerCase() : '';
  if (text.length !== 2 * wanted.bytes || !/^[0-9a-f]*$/.test(text)) {
    throw invalid(`${wanted.name} is not ${2 * wanted.bytes} hex digits`);
  }
  return text;
}

function uuidOf(bytes: Uint8Array): string {
  const text = plain(bytes);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-8${text.slice(17, 20)}-${text.slice(20, 32)}`;
}

function plain(bytes: Uint8Array): string {
  return bytesToHex(bytes).slice(2);
}

function bytesOf(text: string): Uint8Array {
  return hexToBytes(`0x${text}`);
}

function invalid(seen: string): Error {
  return attestationError(
    'KEYSTORE_INVALID',
    `the keystore is refused: ${seen}; expected a version 3 keystore with scrypt and aes-128-ctr`,
  );
}
