import { keccak_256 } from '@noble/hashes/sha3.js';
import { isAddressSpelt, spellAddress } from '@surety/domain';
import { z } from 'zod';

/** 20 bytes as 0x and 40 hex digits. Zero means "unset on chain" and is left to the linter. */
export const anyAddress = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, { error: 'an address: 0x and 40 hex digits', abort: true })
  .refine((text) => isAddressSpelt(text, keccak_256), {
    error: ({ input }) =>
      `${spellAddress(String(input), keccak_256)} if every letter and digit is right, by its checksum; one may be mistyped: copy it again`,
  })
  .meta({ description: '20-byte address' });

/** An address that is not zero. */
export const hexAddress = anyAddress.refine((text) => !/^0x0{40}$/.test(text), 'an address that is not zero');

/** 32 bytes as 0x and 64 hex digits; zero is left to the linter. */
export const anyWord = z.string().regex(/^0x[0-9a-fA-F]{64}$/, '0x and 64 hex digits');

/** 32 bytes that are not zero. */
export const hexWord = anyWord.refine((text) => !/^0x0{64}$/.test(text), 'a hash that is not zero');

/** A whole number as decimal text, up to 39 digits. */
export const decimalText = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,38})$/, 'a whole decimal number as text, such as "1000000"');

/** A block number as decimal text. */
export const height = z.string().regex(/^(0|[1-9][0-9]{0,18})$/, 'a block number as text, such as "12345"');

/** A share in hundredths of a percent, 0 to 10,000. */
export const basisPoints = z.int().min(0).max(10_000);

/**
 * Name of an operator, or of anything else. It stays on the line that shows it: the file comes from others, and what is made of it is read by
 * shells (`surety config env`) and shown on terminals.
 */
export const named = z
  .string()
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,100}$/u, 'a name of 1 to 100 characters on one line, none of them invisible');
