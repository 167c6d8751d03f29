import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountId,
  address,
  blockHeight,
  bytes32,
  bytesToHex,
  bytesToUint,
  chainId,
  hexToBytes,
  isFirstHeartbeatOfDay,
  isHeartbeat,
  frameAbove,
  frameAtOrBelow,
  mulDivDown,
  mulDivUp,
  parseAccountId,
  ppm,
  requireLockableAccount,
  tokenUnits,
  uintToBytes,
} from './index.js';

const amount = fc.bigInt({ min: 0n, max: 2n ** 127n - 1n }).map(tokenUnits);
const owner = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => address(bytesToHex(bytes)));

describe('units', () => {
  it('refuse what is out of range', () => {
    expect(() => chainId(0)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => chainId(2 ** 53)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => blockHeight(-1n)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => ppm(1_000_001)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => tokenUnits(2n ** 128n)).toThrowErrorMatchingInlineSnapshot(
      `[AppError: amount 340282366920938463463374607431768211456 is out of range; expected 0 to 2^128 - 1]`,
    );
    expect(() => mulDivDown(1n, 1n, 0n)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => address('0x12')).toThrow(expect.objectContaining({ code: 'BAD_LENGTH' }));
    expect(() => bytes32('0xzz')).toThrow(expect.objectContaining({ code: 'BAD_HEX' }));
  });

  it('round down at most one unit below rounding up, and never the other way (I12)', () => {
    fc.assert(
      fc.property(amount, amount, fc.bigInt({ min: 1n, max: 2n ** 128n }), (value, factor, divisor) => {
        const down = mulDivDown(value, factor, divisor);
        const up = mulDivUp(value, factor, divisor);
        expect(down * divisor <= value * factor && value * factor <= up * divisor && up - down <= 1n).toBe(true);
      }),
    );
  });

  it('come back from bytes as they went in', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 96n - 1n }),
        (value) => bytesToUint(uintToBytes(value, 12)) === value,
      ),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => bytesToHex(hexToBytes(bytesToHex(bytes))) === bytesToHex(bytes)));
  });
});

describe('accounts', () => {
  it('refuse owner 0 and a home that is not the settlement chain', () => {
    const nobody = accountId({ owner: address(`0x${'00'.repeat(20)}`), home: 0, sub: 1n });
    const elsewhere = accountId({ owner: address(`0x${'11'.repeat(20)}`), home: 3, sub: 0n });
    expect(() => requireLockableAccount(nobody)).toThrow(/has owner 0; expected an address that can sign/);
    expect(() => requireLockableAccount(elsewhere)).toThrow(/has home 3; expected 0 until APPOINT is built/);
  });

  it('come back from their name as they went in', () => {
    fc.assert(
      fc.property(
        owner,
        fc.integer({ min: 0, max: 65_535 }),
        fc.bigInt({ min: 0n, max: 2n ** 80n - 1n }),
        (who, home, sub) => {
          expect(parseAccountId(accountId({ owner: who, home, sub }))).toEqual({ owner: who, home, sub });
        },
      ),
    );
  });
});

describe('frames', () => {
  it('refuse a length below one block', () => {
    expect(() => frameAtOrBelow(1n, 0n)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('are multiples of their length', () => {
    expect([frameAtOrBelow(16n, 8n), frameAtOrBelow(17n, 8n), frameAbove(16n, 8n)]).toEqual([16n, 16n, 24n]);
  });

  it('beat once in every ten minutes of block time, and once a day for the first time', () => {
    expect([isHeartbeat(600n, 599n), isHeartbeat(601n, 600n), isHeartbeat(599n, 0n)]).toEqual([true, false, false]);
    expect([isFirstHeartbeatOfDay(86_400n, 86_399n), isFirstHeartbeatOfDay(87_000n, 86_400n)]).toEqual([true, false]);
  });
});
