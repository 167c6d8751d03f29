import { describe, expect, it } from 'vitest';
import { parseAccountArgument, parseAddressArgument } from './parse-account.js';

/** A test address of EIP-55. */
const SPELT = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const SMALL = SPELT.toLowerCase();

describe('an address that was typed', () => {
  it('is taken in its EIP-55 spelling, in small letters and in capitals', () => {
    for (const text of [SPELT, SMALL, `0x${SMALL.slice(2).toUpperCase()}`])
      expect(parseAddressArgument(text, '--recipient')).toBe(SMALL);
    expect(parseAccountArgument(SPELT)).toBe(`${SMALL}${'00'.repeat(12)}`);
  });

  it('is refused with one letter of the other case, naming option and right spelling', () => {
    const mistyped = SPELT.replace('BeAed', 'beAed');
    expect(() => parseAddressArgument(mistyped, '--recipient')).toThrowError(
      expect.objectContaining({
        code: 'BAD_CHECKSUM',
        message: expect.stringMatching(`^--recipient is "${mistyped}".* expected ${SPELT} `) as string,
      }),
    );
    expect(() => parseAccountArgument(mistyped, '--account')).toThrowError(/^--account is/);
  });

  it('is refused if it is none, naming option, value and form', () => {
    expect(() => parseAddressArgument('0x12', '--recipient')).toThrowError(
      '--recipient is "0x12", 1 of 20 bytes; expected an address: 0x and 40 hex digits',
    );
    expect(() => parseAddressArgument('alice', '--to')).toThrowError('--to is "alice"; expected an address');
    expect(() => parseAccountArgument('0x12', '--account')).toThrowError('--account is "0x12"; expected an account');
  });
});
