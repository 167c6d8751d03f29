import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hexToBytes } from '@surety/domain';
import { SCRYPT_LIGHT, encryptKeystore } from '@surety/keys';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeystoreSigner } from './keystore-file.js';

const privateKey = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
const password = 'correct horse battery staple';
const randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at);
const keystore = encryptKeystore({ privateKey, password, randomBytes, cost: SCRYPT_LIGHT });
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-keystore-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Opens the signer of a file with this content. */
function open(text: string) {
  const file = join(folder, 'attester.json');
  writeFileSync(file, text);
  return openKeystoreSigner({ file, password });
}

describe('a keystore file', () => {
  it('is refused if it is missing or has other content', async () => {
    const missing = openKeystoreSigner({ file: join(folder, 'none.json'), password });
    await expect(missing).rejects.toMatchObject({ code: 'KEYSTORE_INVALID' });
    await expect(open('not json')).rejects.toMatchObject({ code: 'KEYSTORE_INVALID' });
  });

  it('is refused if its address does not match its key, or is missing', async () => {
    for (const address of ['11'.repeat(20), undefined, 'short']) {
      await expect(open(JSON.stringify({ ...keystore, address }))).rejects.toMatchObject({
        code: 'KEYSTORE_INVALID',
        message: expect.stringContaining(
          'expected that of its key, 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
        ) as string,
      });
    }
  });

  it('opens the signer of its key', async () => {
    const signer = await open(JSON.stringify(keystore));
    expect(signer.address).toBe('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266');
  });
});
