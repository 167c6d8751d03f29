import { createDecipheriv, scryptSync, timingSafeEqual } from 'node:crypto';
import { keccak256 } from '@surety/contracts';
import { type Hex, bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { transactionError } from './errors.js';

/** Most memory in bytes that a keystore may ask of scrypt: n = 2^18, r = 8 takes 256 MiB. */
const SCRYPT_MEMORY_MAX = 300 * 1024 * 1024;

/** Opens a key from text: 0x and 64 hex digits. For development only. @throws KEY_UNREADABLE. */
export function openDevelopmentKey(key: string): PrivateKeyAccount {
  try {
    hexToBytes(key, 32);
    return privateKeyToAccount(key as Hex);
  } catch {
    throw unreadable('the development key is no private key; expected 0x and 64 hex digits');
  }
}

/**
 * Opens a Web3 Secret Storage keystore, version 3, scrypt with AES-128-CTR.
 * @throws KEY_UNREADABLE for another form, a wrong password, or parameters that ask for too much memory.
 * @source Web3 Secret Storage Definition, version 3
 */
export function openKeystore(json: string, password: string): PrivateKeyAccount {
  const store = parseKeystore(json);
  const { n, r, p, dklen } = store.kdf;
  if (128 * n * r > SCRYPT_MEMORY_MAX || p > 16 || dklen !== 32) {
    throw unreadable(
      `the keystore asks for scrypt n=${n} r=${r} p=${p} dklen=${dklen}; expected at most 256 MiB and dklen 32`,
    );
  }
  const derived = derive(password, store.kdf);
  const mac = keccak256(concatBytes(derived.subarray(16, 32), store.ciphertext));
  if (store.mac.length !== 32 || !timingSafeEqual(mac, store.mac)) {
    throw unreadable('the password does not open the keystore; check the password file');
  }
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), store.iv);
  const key = concatBytes(decipher.update(store.ciphertext), decipher.final());
  return openDevelopmentKey(bytesToHex(key));
}

function derive(password: string, { n, r, p, dklen, salt }: Keystore['kdf']): Buffer {
  try {
    return scryptSync(Buffer.from(password, 'utf8'), salt, dklen, { N: n, r, p, maxmem: SCRYPT_MEMORY_MAX });
  } catch {
    throw unreadable(
      `scrypt does not take n=${n} r=${r} p=${p}; expected a power of two below 2^(16 r); write the keystore again with r=8`,
    );
  }
}

interface Keystore {
  readonly ciphertext: Uint8Array;
  readonly iv: Uint8Array;
  readonly mac: Uint8Array;
  readonly kdf: {
    readonly n: number;
    readonly r: number;
    readonly p: number;
    readonly dklen: number;
    readonly salt: Uint8Array;
  };
}

function parseKeystore(json: string): Keystore {
  try {
    const root = JSON.parse(json) as Record<string, unknown>;
    const crypto = (root['crypto'] ?? root['Crypto']) as Record<string, unknown>;
    const kdf = crypto['kdfparams'] as Record<string, unknown>;
    const cipher = crypto['cipherparams'] as Record<string, unknown>;
    if (root['version'] !== 3 || crypto['kdf'] !== 'scrypt' || crypto['cipher'] !== 'aes-128-ctr')
      throw new TypeError('form');
    const bytes = (value: unknown, length?: number): Uint8Array =>
      hexToBytes(`0x${String(value).replace(/^0x/, '')}`, length);
    const count = (value: unknown): number => {
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) throw new TypeError('count');
      return value;
    };
    return {
      ciphertext: bytes(crypto['ciphertext'], 32),
      iv: bytes(cipher['iv'], 16),
      mac: bytes(crypto['mac'], 32),
      kdf: {
        n: count(kdf['n']),
        r: count(kdf['r']),
        p: count(kdf['p']),
        dklen: count(kdf['dklen']),
        salt: bytes(kdf['salt']),
      },
    };
  } catch {
    throw unreadable(
      'the keystore is not of version 3 with scrypt and aes-128-ctr; write it again with a common wallet tool',
    );
  }
}

function unreadable(message: string) {
  return transactionError('KEY_UNREADABLE', message);
}
