import { readFileSync } from 'node:fs';
import { PPM } from '@surety/domain';
import {
  APART_MOST_PPM,
  CONF_MOST_PPM,
  LINE_STATUS_BITS,
  MAINTENANCE_FALL_PER_DAY,
  MAINTENANCE_FLOOR,
  MARGIN_STATUS,
  SLOW_WINDOW_S,
} from '@surety/margin';
import { describe, expect, it } from 'vitest';

describe('what is fixed in the risk manager', () => {
  it('is the same number in the engine; all else both take from the ledger’s words', () => {
    const file = new URL('../../../packages/contracts/solidity/risk/MarginMath.sol', import.meta.url);
    const constants = [...readFileSync(file, 'utf8').matchAll(/internal constant (\w+) = ([\d_]+);/g)];
    const statuses = Object.entries(MARGIN_STATUS).filter(([name]) => name !== 'UNANSWERED');
    expect(new Map(constants.map(([, name, value]) => [name, BigInt((value ?? '').replaceAll('_', ''))]))).toEqual(
      new Map([
        ['PPM', PPM],
        ['FRESH_FLOOR_PPM', MAINTENANCE_FLOOR],
        ['FRESH_FALL_PPM_PER_DAY', MAINTENANCE_FALL_PER_DAY],
        ['CONF_MOST_PPM', CONF_MOST_PPM],
        ['APART_MOST_PPM', APART_MOST_PPM],
        ['SLOW_WINDOW_S', SLOW_WINDOW_S],
        ...statuses.map(([name, bit]) => [`STATUS_${name}`, bit] as const),
      ]),
    );
    expect(statuses.reduce((bits, [, bit]) => bits | bit, 0n)).toBe(LINE_STATUS_BITS);
  });
});
