import { bytesToHex, hexToBytes } from '../hex.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RlpItem, decodeRlp, encodeRlpList, encodeRlpString } from './rlp.js';

type Tree = Uint8Array | Tree[];

const encode = (tree: Tree): Uint8Array =>
  tree instanceof Uint8Array ? encodeRlpString(tree) : encodeRlpList(tree.map(encode));

const plain = (item: RlpItem): unknown => (item.kind === 'string' ? bytesToHex(item.payload) : item.items.map(plain));

const texts = (tree: Tree): unknown => (tree instanceof Uint8Array ? bytesToHex(tree) : tree.map(texts));

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, fc.uint8Array({ maxLength: 80 }), fc.array(tie('tree'), { maxLength: 20 })),
}));

describe('RLP', () => {
  it.each([
    ['nothing', '0x', /missing/],
    ['bytes after the item', '0x8000', /followed by/],
    ['a small byte with a prefix', '0x8105', /length prefix/],
    ['a string that ends early', '0x83aabb', /past its end/],
    ['a list that ends early', '0xc3aabb', /past its end/],
    ['a list whose item reaches out', '0xc283aa', /past its end/],
    ['a short length written long', '0xb80100', /written long/],
    ['a length with a leading zero', '0xb90038' + '00'.repeat(56), /leading zero/],
    ['a length that is not there', '0xb9', /does not fit/],
    ['a length of eight bytes', '0xbf0100000000000000', /does not fit/],
    [
      'lists nested too deep',
      '0x' + Array.from({ length: 18 }, (_, at) => (0xc0 + 17 - at).toString(16)).join(''),
      /nested deeper/,
    ],
  ])('refuses %s', (_, hex, reason) => {
    expect(() => decodeRlp(hexToBytes(hex))).toThrow(reason);
    expect(() => decodeRlp(hexToBytes(hex))).toThrow(expect.objectContaining({ code: 'BAD_RLP' }));
  });

  it('decodes whatever was encoded', () => {
    fc.assert(
      fc.property(tree, (written) => {
        expect(plain(decodeRlp(encode(written)))).toEqual(texts(written));
      }),
    );
  });

  it('accepts no second encoding of the same item', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const again = (item: RlpItem): Uint8Array =>
          item.kind === 'string' ? encodeRlpString(item.payload) : encodeRlpList(item.items.map(again));
        let item: RlpItem;
        try {
          item = decodeRlp(bytes);
        } catch {
          return;
        }
        expect(bytesToHex(again(item))).toBe(bytesToHex(bytes));
      }),
      { numRuns: 2_000 },
    );
  });
});
