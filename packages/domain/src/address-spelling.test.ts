import { createKeccak } from 'hash-wasm';
import { describe, expect, it } from 'vitest';
import { isAddressSpelt, readAddress, spellAddress } from './address-spelling.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');

/** @source EIP-55, "Test Cases" */
const SPELT = [
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
  '0xde709f2102306220921060314715629080e2fb77',
  '0x27b1fdb04752bbc536007a920d24acb045561c26',
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
];

describe('the spelling of an address', () => {
  it.each(SPELT)('is that of EIP-55: %s', (text) => {
    expect(spellAddress(text.toLowerCase().replace('0X', '0x'), keccak256)).toBe(text);
    expect(isAddressSpelt(text, keccak256)).toBe(true);
  });

  it('may leave the checksum out, and tells one wrong letter or digit', () => {
    const [, , , , text = ''] = SPELT;
    expect(isAddressSpelt(text.toLowerCase(), keccak256)).toBe(true);
    expect(isAddressSpelt(`0x${text.slice(2).toUpperCase()}`, keccak256)).toBe(true);
    expect(isAddressSpelt(text.replace('5aA', '5aa'), keccak256)).toBe(false);
    expect(isAddressSpelt(text.replace('6053', '6054'), keccak256)).toBe(false);
  });

  it('of what a person typed is checked before the address is used', () => {
    const [, , , , text = ''] = SPELT;
    const small = text.toLowerCase();
    expect(readAddress(text, keccak256)).toBe(small);
    expect(readAddress(small, keccak256)).toBe(small);
    expect(readAddress(`0x${text.slice(2).toUpperCase()}`, keccak256)).toBe(small);
    const mistyped = text.replace('6053', '6054');
    expect(() => readAddress(mistyped, keccak256)).toThrow(
      expect.objectContaining({
        code: 'BAD_CHECKSUM',
        message: `"${mistyped}" is an address with a wrong checksum: a letter or digit of it is probably mistyped; expected ${spellAddress(mistyped, keccak256)} if every one is right; compare it with its source and copy it again`,
      }),
    );
    expect(() => readAddress(text.slice(0, 40), keccak256)).toThrow('has 19 bytes; expected 20');
    expect(() => readAddress(text.slice(2), keccak256)).toThrow('is not hex; expected 0x');
  });
});
