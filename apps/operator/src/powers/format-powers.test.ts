import { POWERS } from '@surety/contracts';
import { address } from '@surety/domain';
import { expect, test } from 'vitest';
import type { PowerRow } from './powers.js';
import { formatPowers } from './format-powers.js';

const holderOf = (digit: number) => address(`0x${String(digit).repeat(40)}`);

function rowOf(more: Partial<PowerRow>): PowerRow {
  return {
    chain: 'settlement',
    contract: 'CollateralLedger',
    act: 'closeProtocol',
    does: 'ends a protocol',
    role: 'governor',
    at: holderOf(9),
    holders: [holderOf(1)],
    delayS: 172_800,
    ...more,
  };
}

test('every power that there is fits a terminal of 100 columns, with all of its words', () => {
  const rows = Object.entries(POWERS).flatMap(([contract, acts]) =>
    Object.entries(acts).flatMap(([act, { does }]) => (does === undefined ? [] : [rowOf({ contract, act, does })])),
  );
  const lines = formatPowers(rows);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  const words = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');
  expect(words(lines.join(' '))).toEqual(expect.arrayContaining(rows.flatMap(({ does }) => words(does))));
});

test('a holder has one letter, several have one together, and each is listed once', () => {
  const both = [holderOf(1), holderOf(2)];
  expect(
    formatPowers([rowOf({}), rowOf({ act: 'pause', holders: both, delayS: 0 }), rowOf({ chain: 'alpha' })]),
  ).toEqual([
    'held by:',
    `  A  ${holderOf(1)}`,
    `  B  ${holderOf(1)}`,
    `     or ${holderOf(2)}`,
    '',
    'settlement CollateralLedger:',
    '  act            role      by  delay  does',
    '  closeProtocol  governor  A   48 h   ends a protocol',
    '  pause          governor  B   0 h    ends a protocol',
    '',
    'alpha CollateralLedger:',
    '  act            role      by  delay  does',
    '  closeProtocol  governor  A   48 h   ends a protocol',
  ]);
});
