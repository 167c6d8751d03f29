import { readFileSync } from 'node:fs';
import { createLocalSigner, decryptKeystore, keyError, parseKeystore } from '@surety/keys';
import type { TypedDataSigner } from '@surety/workflows';

/**
 * Opens the signer of an encrypted keystore file. The file must state the address of its key, because that identifies
 * the attester.
 * @throws KEYSTORE_INVALID, KEYSTORE_PASSWORD_WRONG, SIGNER_SLOW_FALLBACK.
 */
export async function openKeystoreSigner(options: {
  readonly file: string;
  readonly password: string;
}): Promise<TypedDataSigner> {
  const keystore = parseKeystore(readJson(options.file));
  const privateKey = decryptKeystore(keystore, options.password);
  const signer = createLocalSigner(privateKey);
  privateKey.fill(0);
  if (`0x${keystore.address}` === signer.address) return signer;
  const stated = keystore.address === undefined ? 'no address' : `0x${keystore.address}`;
  throw keyError('KEYSTORE_INVALID', `the keystore states ${stated}; expected that of its key, ${signer.address}`);
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw keyError('KEYSTORE_INVALID', `cannot read ${file} (${codeOf(cause)}); expected an encrypted keystore file`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw keyError('KEYSTORE_INVALID', `${file} holds no JSON; expected an encrypted keystore file`);
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
}
