import { describe, expect, it } from 'vitest';
import { isCanonicalSignature } from './signature.js';

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const signatureOf = (s: bigint, v = '1b'): string => `0x${'11'.repeat(32)}${s.toString(16).padStart(64, '0')}${v}`;

describe('isCanonicalSignature', () => {
  it('refuses an s above half the order, however its digits are written', () => {
    for (const s of [HALF_ORDER + 1n, 1n << 255n, (1n << 256n) - 1n]) {
      expect(isCanonicalSignature(signatureOf(s))).toBe(false);
      expect(isCanonicalSignature(signatureOf(s).replaceAll('f', 'F'))).toBe(false);
    }
  });

  it('refuses another recovery byte, another length and what is not hex', () => {
    for (const v of ['00', '01', '1a', '1d', '1', '1b00']) expect(isCanonicalSignature(signatureOf(1n, v))).toBe(false);
    for (const text of ['', '0x', signatureOf(1n).slice(2), signatureOf(1n).replace('0x', '0X')]) {
      expect(isCanonicalSignature(text)).toBe(false);
    }
    expect(isCanonicalSignature(signatureOf(1n).replace('11', '1g'))).toBe(false);
  });

  it('accepts an s up to half the order, with either recovery byte', () => {
    for (const s of [1n, HALF_ORDER - 1n, HALF_ORDER]) {
      for (const v of ['1b', '1c', '1B', '1C']) expect(isCanonicalSignature(signatureOf(s, v))).toBe(true);
      expect(isCanonicalSignature(signatureOf(s).replaceAll('f', 'F'))).toBe(true);
    }
  });
});
