import { describe, expect, it } from 'vitest';
import { readAs } from './read-as.js';
import { solvencyAnswer } from './releases.js';

const SUMS = { lines: '7', parked: '0', released: '3', refunded: '0', owed: '1', paid: '2' };
const WHOLE = {
  coverageWad: '9',
  reportedWad: '9',
  impairedSince: null,
  lostSeq: null,
  orphaned: '3',
  missing: '2',
  found: '0',
  heldWad: '9',
  shortSince: null,
};
const ASSET = { assetId: 4, source: 1, chainId: 31, symbol: 'USDC', ...SUMS, ...WHOLE };

function read(change: Readonly<Record<string, unknown>>): unknown {
  const reading = readAs(solvencyAnswer, { assets: [{ ...ASSET, ...change }], blocks: [] }, 'answer');
  return reading.kind === 'fits' ? reading.value.assets[0] : reading.misfit.path;
}

describe('the sums of an asset', () => {
  it('are read in units, with what both ends know of its coverage', () => {
    expect(read({})).toMatchObject({ lines: 7n, owed: 1n, paid: 2n, coverageWad: 9n, impairedSince: null });
    expect(read({})).toMatchObject({ orphaned: 3n, missing: 2n, found: 0n });
    const lostSeq = (2n ** 96n - 1n).toString();
    const short = { reportedWad: '8', impairedSince: '5', lostSeq, heldWad: '0', shortSince: '6' };
    const shown = { reportedWad: 8n, impairedSince: 5n, lostSeq: 2n ** 96n - 1n, heldWad: 0n, shortSince: 6n };
    expect(read(short)).toMatchObject(shown);
  });

  it('are unknown at a vault that nobody has read, and no zeros', () => {
    const unread = { owed: null, paid: null, heldWad: null, shortSince: null };
    expect(read(unread)).toMatchObject({ lines: 7n, ...unread });
  });

  it('are refused without a coverage, or with one that is no number', () => {
    for (const change of [{ coverageWad: null }, { heldWad: undefined }, { reportedWad: '-1' }, { orphaned: null }])
      expect(read(change)).toMatch(/^answer\.assets\[0\]/);
  });
});
