import { keccak256 } from '@surety/contracts';
import { bytes32, bytesToHex, hexToBytes } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { createLocalSigner } from './create-local-signer.js';
import { canonicalSignature, recoverSigner } from './recover-signer.js';

/** A well-known test key of local nodes. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

describe('recoverSigner', () => {
  const preimage = new Uint8Array(66).fill(0x12);
  const digest = bytes32(bytesToHex(keccak256(preimage)));

  it('accepts no second form of a signature, and no other bytes', async () => {
    const signer = createLocalSigner(hexToBytes(KEY));
    const signature = await signer.sign(preimage);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, '0');
    const flipped = signature.endsWith('1b') ? '1c' : '1b';
    expect(recoverSigner(digest, `${signature.slice(0, 66)}${high}${flipped}` as `0x${string}`)).toBeUndefined();
    expect(recoverSigner(digest, `${signature.slice(0, 130)}00` as `0x${string}`)).toBeUndefined();
    expect(recoverSigner(digest, `0x${'00'.repeat(64)}1b`)).toBeUndefined();
    expect(recoverSigner(digest, '0x1234')).toBeUndefined();
    expect(recoverSigner(digest, signature)).toBe(signer.address);
  });
});

describe('canonicalSignature', () => {
  it('brings every form of one signature to the form that is accepted, and refuses other bytes', async () => {
    const signer = createLocalSigner(hexToBytes(KEY));
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    for (const fill of [1, 2, 3, 4, 5, 6]) {
      const signature = await signer.sign(new Uint8Array(66).fill(fill));
      const parity = signature.endsWith('1c') ? 1 : 0;
      const high = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, '0');
      const low = signature.slice(0, 130);
      const forms = [
        `${low}0${parity}`,
        `${low.slice(0, 66)}${high}0${1 - parity}`,
        `${low.slice(0, 66)}${high}1${'cb'[parity]}`,
      ];
      for (const form of [signature, ...forms]) expect(canonicalSignature(form)).toBe(signature);
    }
    expect(canonicalSignature(`0x${'ff'.repeat(64)}1b`)).toBeUndefined();
    expect(canonicalSignature(`0x${'11'.repeat(64)}25`)).toBeUndefined();
    expect(canonicalSignature('hello')).toBeUndefined();
  });
});
