import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { asciiToBytes, bytesToHex } from '@surety/domain';
import fc from 'fast-check';
import { createKeccak } from 'hash-wasm';
import { keccak256 as slowKeccak256 } from 'viem';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { keccak256 } from './hash.js';

// Both wait for one compilation, the module of the test first: from here on nothing is hashed by the portable way.
beforeAll(() => createKeccak(256));

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

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

test('hashes at once, and where WebAssembly is forbidden', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  vi.resetModules();
  const { keccak256: early } = await import('./hash.js');
  const bytes = asciiToBytes('early');
  expect(bytesToHex(early(bytes))).toBe(slowKeccak256(bytes));
});

test('needs nothing that a module of CommonJS could not wait for', () => {
  const contracts = JSON.stringify(fileURLToPath(new URL('../dist/index.js', import.meta.url)));
  const script = `console.log(Buffer.from(require(${contracts}).keccak256(Buffer.from('early'))).toString('hex'))`;
  const printed = execFileSync(process.execPath, ['--input-type=commonjs', '--eval', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(`0x${printed.trim()}`).toBe(slowKeccak256(asciiToBytes('early')));
});
