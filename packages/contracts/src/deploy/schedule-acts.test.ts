import { type Address, bytesToHex, uintToBytes } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { batchOperationId, operationId } from './schedule-acts.js';

const target = `0x${'11'.repeat(20)}` as Address;
const word = (value: bigint) => bytesToHex(uintToBytes(value, 32));

describe('the name of an operation', () => {
  it('commits to everything that it does, after what, and to its salt', () => {
    const names = [
      operationId([target, 0n, '0x12', word(0n), word(0n)]),
      operationId([target, 1n, '0x12', word(0n), word(0n)]),
      operationId([target, 0n, '0x13', word(0n), word(0n)]),
      operationId([target, 0n, '0x12', word(1n), word(0n)]),
      operationId([target, 0n, '0x12', word(0n), word(1n)]),
      batchOperationId([[target], [0n], ['0x12'], word(0n), word(0n)]),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});
