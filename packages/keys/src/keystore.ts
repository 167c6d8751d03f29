import { createCipheriv, createDecipheriv, scryptSync, timingSafeEqual } from 'node:crypto';
import { keccak256 } from '@surety/contracts';
import { bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import { createLocalSigner } from './create-local-signer.js';
import { keyError } from './errors.js';

/** An encrypted private key as JSON. @source Web3 Secret Storage, version 3, scrypt and aes-128-ctr */
export interface Keystore {
  readonly version: 3;
  readonly id: string;
  /** 40 hex digits without 0x. Some wallets leave it out; `decryptKeystore` does not compare it with the key. */
  readonly address: string | undefined;
  readonly crypto: {
    readonly cipher: 'aes-128-ctr';
    readonly cipherparams: { readonly iv: string };
    readonly ciphertext: string;
    readonly kdf: 'scrypt';
    readonly kdfparams: ScryptCost & { readonly dklen: 32; readonly salt: string };
    readonly mac: string;
  };
}

/** Cost of deriving the key from the password: 128 · n · r bytes of memory. */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** The usual cost: 256 MiB and about a second. */
export const SCRYPT_STANDARD: ScryptCost = { n: 262_144, r: 8, p: 1 };

/** A cheap cost, 4 MiB, for local chains whose passwords protect nothing. */
export const SCRYPT_LIGHT: ScryptCost = { n: 4_096, r: 8, p: 1 };

/**
 * Most memory in bytes that a keystore may ask for: n = 2^19 at r = 8, twice the usual cost, takes 512 MiB, and p = 16 less than
 * one more. A larger bound would let a file exhaust the memory of the process that opens it.
 */
const SCRYPT_MEMORY_MAX = 513 * 1024 * 1024;

/** Encrypts a private key under a password. `randomBytes` is passed in; salt, iv and id need 64 bytes of it. */
export function encryptKeystore(options: {
  readonly privateKey: Uint8Array;
  readonly password: string;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly cost?: ScryptCost;
}): Keystore {
  const { privateKey, password, randomBytes, cost = SCRYPT_STANDARD } = options;
  const { address } = createLocalSigner(privateKey);
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const derived = derive(password, salt, cost);
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
 * Returns the private key of 32 bytes that a keystore holds. It blocks for about a second, so call it before loops and servers
 * start.
 * @throws KEYSTORE_INVALID for another shape, cipher or an excessive cost; KEYSTORE_PASSWORD_WRONG.
 */
export function decryptKeystore(json: unknown, password: string): Uint8Array {
  const { crypto, address } = parseKeystore(json);
  const { n, r, p, salt } = crypto.kdfparams;
  const derived = derive(password, bytesOf(salt), { n, r, p });
  const ciphertext = bytesOf(crypto.ciphertext);
  if (!timingSafeEqual(macOf(derived, ciphertext), bytesOf(crypto.mac))) {
    const whose = address === undefined ? '' : ` of 0x${address}`;
    throw keyError(
      'KEYSTORE_PASSWORD_WRONG',
      `the password does not open the keystore${whose}; check the password file`,
    );
  }
  const cipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), bytesOf(crypto.cipherparams.iv));
  return concatBytes(cipher.update(ciphertext), cipher.final());
}

/**
 * Reads a keystore's shape and its cost, which must be within OpenSSL's limits.
 * @throws KEYSTORE_INVALID naming the fault, never the content.
 */
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
    address: addressIn(store['address']),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: digits(iv, { name: 'crypto.cipherparams.iv', bytes: 16 }) },
      ciphertext: digits(crypto['ciphertext'], { name: 'crypto.ciphertext', bytes: 32 }),
      kdf: 'scrypt',
      kdfparams: {
        ...costOf(params),
        dklen: 32,
        salt: digits(params['salt'], { name: 'crypto.kdfparams.salt' }),
      },
      mac: digits(crypto['mac'], { name: 'crypto.mac', bytes: 32 }),
    },
  };
}

function costOf(params: Readonly<Record<string, unknown>>): ScryptCost {
  const [n, r, p] = [params['n'], params['r'], params['p']].map((value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0,
  ) as [number, number, number];
  const isDefined = n > 1 && Number.isInteger(Math.log2(n)) && Math.log2(n) < 16 * r && p > 0;
  if (!isDefined || p > 16 || memoryOf({ n, r, p }) > SCRYPT_MEMORY_MAX) {
    throw invalid(
      `its scrypt cost is n=${n}, r=${r}, p=${p}; expected a power of two n below 2^(16·r), p at most 16, 128·r·(n + p + 2) at most 513 MiB`,
    );
  }
  return { n, r, p };
}

/** Memory in bytes that OpenSSL allocates for scrypt. */
function memoryOf({ n, r, p }: ScryptCost): number {
  return 128 * r * (n + p + 2);
}

function derive(password: string, salt: Uint8Array, cost: ScryptCost): Buffer {
  return scryptSync(password, salt, 32, { N: cost.n, r: cost.r, p: cost.p, maxmem: memoryOf(cost) });
}

function macOf(derived: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return keccak256(concatBytes(derived.subarray(16, 32), ciphertext));
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${name} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

/** Returns plain lower-case hex digits, of some number of bytes or of any. */
function digits(value: unknown, wanted: { readonly name: string; readonly bytes?: number }): string {
  const text = typeof value === 'string' ? value.replace(/^0x/, '').toLowerCase() : 'none';
  const { name, bytes } = wanted;
  if (!/^([0-9a-f]{2})*$/.test(text) || (bytes !== undefined && text.length !== 2 * bytes)) {
    throw invalid(`${name} is not ${bytes === undefined ? 'whole bytes in hex' : `${2 * bytes} hex digits`}`);
  }
  return text;
}

/** Returns the address that a keystore states, undefined if it states none. */
function addressIn(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.replace(/^0x/, '').toLowerCase() : '';
  return /^[0-9a-f]{40}$/.test(text) ? text : undefined;
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
  return keyError(
    'KEYSTORE_INVALID',
    `the keystore is refused: ${seen}; write it again with a common wallet tool, as version 3 with scrypt and aes-128-ctr`,
  );
}
