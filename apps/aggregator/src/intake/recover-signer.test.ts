import { address } from '@surety/domain';
import { loadSecp256k1 } from '@surety/keys/recovery';
import { describe, expect, it } from 'vitest';
import { createRecoverSigner } from './recover-signer.js';
import { testKey, word } from '../testing/test-attesters.js';

describe('createRecoverSigner', () => {
  it('refuses to start without the native binding', () => {
    const load = (): never => {
      throw new Error('No native build was found');
    };
    expect(() => createRecoverSigner(() => loadSecp256k1(load))).toThrowError(
      expect.objectContaining({ code: 'NATIVE_MISSING', retryable: false }),
    );
  });

  it('recovers nobody from what is no signature', () => {
    const recover = createRecoverSigner();
    const signature = testKey(1).sign(word(5));
    expect(recover(word(5), `0x${'00'.repeat(65)}`)).toBeUndefined();
    expect(recover(word(5), `${signature.slice(0, -2)}1d` as typeof signature)).toBeUndefined();
    expect(recover(word(5), `0x${'ff'.repeat(32)}${signature.slice(66)}`)).toBeUndefined();
    expect(recover(word(5), signature.slice(0, -2) as typeof signature)).toBeUndefined();
  });

  it('recovers the signer of a digest, and another one for another digest', () => {
    const recover = createRecoverSigner();
    const signature = testKey(1).sign(word(5));
    expect(recover(word(5), signature)).toBe(testKey(1).address);
    expect(recover(word(6), signature)).not.toBe(testKey(1).address);
    expect(address(testKey(1).address)).toBe(testKey(1).address);
  });
});
