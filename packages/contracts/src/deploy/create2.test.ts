import { bytes32 } from '@surety/domain';
import { getCreate2Address } from 'viem';
import { expect, test } from 'vitest';
import { CREATE2_FACTORY, create2Address } from './create2.js';

test('predicts the address that another implementation of EIP-1014 gives', () => {
  const salt = bytes32(`0x${'5a'.repeat(32)}`);
  const initCode = '0x600a600c600039600a6000f3602a60005260206000f3';
  expect(create2Address({ salt, initCode })).toBe(
    getCreate2Address({ from: CREATE2_FACTORY, salt, bytecode: initCode }).toLowerCase(),
  );
});
