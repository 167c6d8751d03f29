import { keccak256, encodeAbiParameters, hashTypedData, stringToHex } from 'viem';
import { address, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type Generation, generationTypedData, parseGenerationFile } from './generation-signatures.js';

const point: Generation = {
  chainId: 900,
  verifier: address(`0x${'5e'.repeat(20)}`),
  edge: bytes32(`0x${'ed'.repeat(32)}`),
  count: 7n,
  head: bytes32(`0x${'4e'.repeat(32)}`),
  epoch: 3,
};
const written = {
  signer: `0x${'aa'.repeat(20)}`,
  generations: [{ ...point, count: '7', epoch: '3', chainId: '900', signature: `0x${'01'.repeat(65)}` }],
};
const parse = (change: object): unknown => parseGenerationFile(JSON.stringify({ ...written, ...change }), 'a.json');

describe('the file of a signed point', () => {
  it('is refused if it is no JSON, holds no list, or a field of a point is not there or not its kind', () => {
    expect(() => parseGenerationFile('{', 'a.json')).toThrow(expect.objectContaining({ code: 'NOT_JSON' }));
    expect(() => parse({ generations: 5 })).toThrow(/a\.json has no list "generations"/);
    for (const lie of [{ head: '0x12' }, { count: '-1' }, { signature: '0x01' }, { edge: undefined }])
      expect(() => parse({ generations: [{ ...written.generations[0], ...lie }] })).toThrow(/a\.json|0x01/);
  });

  it('gives the signer and what it signed at each verifier', () => {
    expect(parse({})).toEqual({
      signer: written.signer,
      generations: [{ ...point, signature: `0x${'01'.repeat(65)}` }],
    });
  });

  it('is signed as the verifiers hash it', () => {
    // @source Statements.sol, GENERATION_TYPE
    const type = keccak256(stringToHex('Generation(bytes32 edge,uint64 count,bytes32 head,uint32 epoch)'));
    const words = [
      { type: 'bytes32' },
      { type: 'bytes32' },
      { type: 'uint64' },
      { type: 'bytes32' },
      { type: 'uint32' },
    ];
    const struct = keccak256(encodeAbiParameters(words, [type, point.edge, point.count, point.head, point.epoch]));
    const domainType = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
    const separator = keccak256(
      encodeAbiParameters(
        [{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }, { type: 'uint256' }, { type: 'address' }],
        [
          keccak256(stringToHex(domainType)),
          keccak256(stringToHex('Surety')),
          keccak256(stringToHex('1')),
          900n,
          point.verifier,
        ],
      ),
    );
    expect(hashTypedData(generationTypedData(point))).toBe(keccak256(`0x1901${separator.slice(2)}${struct.slice(2)}`));
  });
});
