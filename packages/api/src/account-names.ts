import { keccak_256 } from '@noble/hashes/sha3.js';
import { type Bytes32, isAddressSpelt } from '@surety/domain';
import { z } from 'zod';
import { hints } from './values.js';

const NAME = /^0x(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/;

const CHECKSUM_HINT = {
  expected: 'an address whose letters are its checksum (EIP-55), or all small; one may be mistyped, copy it again',
  code: 'BAD_CHECKSUM',
} as const;

/** An account of a request: its name of 32 bytes, or its owner's address for the cross-margin account at home on the settlement chain. */
export const accountName = nameOf({
  expected: 'an account: 0x and 64 hex digits, or its owner’s address: 0x and 40 hex digits',
  pad: (digits) => digits.padEnd(64, '0'),
});

/** A recipient of a request: an address, plain or left-padded to 32 bytes. */
export const recipientName = nameOf({
  expected: 'an address: 0x and 40 hex digits, or left-padded to 64',
  pad: (digits) => digits.padStart(64, '0'),
});

function nameOf({ expected, pad }: { readonly expected: string; readonly pad: (digits: string) => string }) {
  return z
    .string()
    .regex(NAME)
    .register(hints, { expected, code: 'BAD_HEX' })
    .transform((text, context) => {
      const digits = text.slice(2);
      if (digits.length === 40 && !isAddressSpelt(text, keccak_256))
        context.addIssue({ code: 'custom', input: text, params: { hint: CHECKSUM_HINT } });
      return `0x${pad(digits.toLowerCase())}` as Bytes32;
    });
}
