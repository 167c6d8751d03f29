import { keccak256 } from '@surety/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnvilNode } from '../testing/anvil-node.js';
import { hashHeader } from './header-hash.js';

/** Block 0 of Ethereum. @source its public header */
const GENESIS: Readonly<Record<string, unknown>> = {
  parentHash: `0x${'00'.repeat(32)}`,
  sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
  miner: `0x${'00'.repeat(20)}`,
  stateRoot: '0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544',
  transactionsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  receiptsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: '0x400000000',
  number: '0x0',
  gasLimit: '0x1388',
  gasUsed: '0x0',
  timestamp: '0x0',
  extraData: '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa',
  mixHash: `0x${'00'.repeat(32)}`,
  nonce: '0x0000000000000042',
};

describe('the hash of a header', () => {
  let node: AnvilNode;
  let block: Record<string, unknown>;

  beforeAll(async () => {
    node = await AnvilNode.start({ chainId: 41_002 });
    await node.send({ from: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266', to: `0x${'11'.repeat(20)}`, value: '0x5' });
    block = (await node.rpc('eth_getBlockByNumber', ['0x1', false])) as Record<string, unknown>;
  });
  afterAll(() => node.stop());

  it('changes with every field', () => {
    const fields = [
      'baseFeePerGas',
      'withdrawalsRoot',
      'blobGasUsed',
      'excessBlobGas',
      'parentBeaconBlockRoot',
      'requestsHash',
    ];
    for (const field of [...Object.keys(GENESIS), ...fields]) {
      const text = String(block[field]);
      const short: Record<string, string> = { nonce: '0x0000000000000001', extraData: '0x12' };
      const flipped = `${text.slice(0, -1)}${text.endsWith('1') ? '2' : '1'}`;
      const changed = { ...block, [field]: short[field] ?? (text.length > 20 ? flipped : '0x1234567') };
      expect({ field, hash: hashHeader(changed, keccak256) }).not.toEqual({ field, hash: block['hash'] });
    }
  });

  it('is refused where a field of an earlier fork is left out', () => {
    const { baseFeePerGas: _, ...rest } = block;
    expect(() => hashHeader(rest, keccak256)).toThrow(expect.objectContaining({ code: 'BAD_HEADER' }));
  });

  it.each([
    ['a required field is missing', { stateRoot: undefined }],
    ['a root is too short', { stateRoot: '0x00' }],
    ['a quantity has a leading zero', { gasUsed: '0x01' }],
    ['a quantity passes 256 bits', { difficulty: `0x1${'0'.repeat(64)}` }],
  ])('is refused where %s', (_, change) => {
    expect(() => hashHeader({ ...GENESIS, ...change }, keccak256)).toThrow(
      expect.objectContaining({ code: 'BAD_RESPONSE' }),
    );
  });

  it('is right for a Frontier header and for a Prague one', () => {
    expect(hashHeader(GENESIS, keccak256)).toBe('0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3');
    expect(hashHeader(block, keccak256)).toBe(block['hash']);
    expect(block['requestsHash']).toBeTypeOf('string');
  });
});
