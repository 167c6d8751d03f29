import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { TypedDataSigner } from '@surety/workflows';
import { createLocalSigner } from './create-local-signer.js';
import { attestationError } from './errors.js';
import { type Keystore, decryptKeystore } from './keystore.js';

/** Writes a new keystore file that only its owner may read. @throws KEYSTORE_INVALID if the file exists or cannot be written. */
export function writeKeystoreFile(file: string, keystore: Keystore): void {
  try {
    const descriptor = openSync(file, 'wx', 0o600);
    writeSync(descriptor, `${JSON.stringify(keystore, undefined, 2)}\n`);
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch (cause) {
    throw attestationError(
      'KEYSTORE_INVALID',
      `cannot write ${file} (${codeOf(cause)}); expected a new file in a folder that can be written`,
    );
  }
}

/** Opens the signer whose key an encrypted keystore file holds. @throws KEYSTORE_INVALID, KEYSTORE_PASSWORD_WRONG, SIGNER_SLOW_FALLBACK. */
export async function openKeystoreSigner(options: {
  readonly file: string;
  readonly password: string;
}): Promise<TypedDataSigner> {
  const privateKey = await decryptKeystore(readJson(options.file), options.password);
  const signer = createLocalSigner(privateKey);
  privateKey.fill(0);
  return signer;
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw attestationError(
      'KEYSTORE_INVALID',
      `cannot read ${file} (${codeOf(cause)}); expected an encrypted keystore file`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    throw attestationError('KEYSTORE_INVALID', `${file} holds no JSON; expected an encrypted keystore file`);
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
}
