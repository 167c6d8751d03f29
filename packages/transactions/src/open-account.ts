import { AppError, type Hex, bytesToHex, hexToBytes } from '@surety/domain';
import { SCRYPT_LIGHT, SCRYPT_STANDARD, decryptKeystore, encryptKeystore } from '@surety/keys';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { transactionError } from './errors.js';

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
 * Opens a Web3 Secret Storage keystore: version 3, scrypt with AES-128-CTR.
 * @throws KEY_UNREADABLE for another format, a wrong password, or parameters that ask for too much memory.
 */
export function openKeystore(json: string, password: string): PrivateKeyAccount {
  return openDevelopmentKey(bytesToHex(decrypt(json, password)));
}

/**
 * Makes a private key from `randomBytes` and returns its keystore as JSON text, encrypted under a password. Nothing keeps the
 * key itself. A light one takes 4 MiB and no time to open, also for whoever guesses passwords; the usual one takes 256 MiB and a second.
 */
export function makeKeystore(options: {
  readonly password: string;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly isLight?: boolean;
}): string {
  const { password, randomBytes, isLight = false } = options;
  const cost = isLight ? SCRYPT_LIGHT : SCRYPT_STANDARD;
  const keystore = encryptKeystore({ privateKey: randomBytes(32), password, randomBytes, cost });
  return `${JSON.stringify(keystore, undefined, 2)}\n`;
}

function decrypt(json: string, password: string): Uint8Array {
  try {
    return decryptKeystore(JSON.parse(json), password);
  } catch (error) {
    if (error instanceof AppError) throw unreadable(error.message);
    if (error instanceof SyntaxError) throw unreadable('the keystore is not JSON; expected that of a wallet tool');
    throw error;
  }
}

function unreadable(message: string) {
  return transactionError('KEY_UNREADABLE', message);
}
