import { inspect } from 'node:util';
import { keccak256 } from '@surety/contracts';
import { type Bytes32, bytes32, bytesToHex, hexToBytes, isCanonicalSignature } from '@surety/domain';
import fc from 'fast-check';
import { recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { createLocalSigner } from './create-local-signer.js';
import { recoverSigner } from './recover-signer.js';

/** A well-known test key of local nodes. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const hashOf = (bytes: Uint8Array): Bytes32 => bytes32(bytesToHex(keccak256(bytes)));

describe('createLocalSigner', () => {
  it.each([new Uint8Array(32), new Uint8Array(31).fill(1), new Uint8Array(32).fill(255)])(
    'refuses a key off the curve',
    (key) => {
      expect(() => createLocalSigner(key)).toThrowError(expect.objectContaining({ code: 'SIGNER_KEY_INVALID' }));
    },
  );

  it('shows its key in no text', () => {
    const signer = createLocalSigner(hexToBytes(KEY));
    expect(`${inspect(signer, { depth: 9, showHidden: true })}${JSON.stringify(signer)}`).not.toContain(
      KEY.slice(2, 20),
    );
  });

  it('keeps signing after the caller wiped the key it passed', async () => {
    const key = hexToBytes(KEY);
    const signer = createLocalSigner(key);
    key.fill(0);
    const preimage = new Uint8Array(66).fill(0x12);
    expect(recoverSigner(hashOf(preimage), await signer.sign(preimage))).toBe(signer.address);
  });

  it('has the address and gives the signatures that another implementation gives', async () => {
    const account = privateKeyToAccount(KEY);
    const signer = createLocalSigner(hexToBytes(KEY));
    expect(signer.address).toBe(account.address.toLowerCase());
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 66, maxLength: 66 }), async (bytes) => {
        const digest = hashOf(bytes);
        const signature = await signer.sign(bytes);
        expect(signature).toBe(await account.sign({ hash: digest }));
        expect(isCanonicalSignature(signature)).toBe(true);
        expect((await recoverAddress({ hash: digest, signature })).toLowerCase()).toBe(signer.address);
      }),
      { numRuns: 50 },
    );
  });
});
