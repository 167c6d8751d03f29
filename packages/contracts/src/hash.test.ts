import { asciiToBytes, bytesToHex } from '@surety/domain';
import fc from 'fast-check';
import { keccak256 as slowKeccak256 } from 'viem';
import { expect, test } from 'vitest';
import { keccak256 } from './hash.js';

test('hashes nothing to the known value', () => {
  expect(bytesToHex(keccak256(new Uint8Array()))).toBe(
    '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
  );
});

test('gives a fresh array each time, so that an earlier hash is not overwritten', () => {
  const first = keccak256(asciiToBytes('first'));
  const text = bytesToHex(first);
  keccak256(asciiToBytes('second'));
  expect(bytesToHex(first)).toBe(text);
});

test('agrees with another implementation on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(bytesToHex(keccak256(bytes))).toBe(slowKeccak256(bytes));
    }),
  );
});
