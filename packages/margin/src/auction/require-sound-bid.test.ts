import { WAD } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type LineAuction, type LineBidTerms, lineBidOf } from './line-auction.js';
import { AUCTION_FIGURE_MAX } from './require-sound-bid.js';

const LINE = { class: 1n, grossWad: 1_000n * WAD, exitWad: 800n * WAD };
const PROTOCOL = { requirementWad: 900n * WAD, burdenWad: 850n * WAD, reservedWad: 900n * WAD };
const AUCTION: LineAuction = { lines: [LINE], otherExitWad: 0n, protocols: [PROTOCOL], isFinal: true };
const TERMS: LineBidTerms = { protocol: 0, clockS: 40n, shareMaxWad: WAD };

const bidding =
  (auction: Partial<LineAuction>, terms: Partial<LineBidTerms> = {}): (() => unknown) =>
  () =>
    lineBidOf({ ...AUCTION, ...auction }, { ...TERMS, ...terms });
const over = AUCTION_FIGURE_MAX + 1n;

describe('a bid refuses', () => {
  it.each([
    ['lines[0].grossWad', bidding({ lines: [{ ...LINE, grossWad: -1n }] })],
    ['lines[1].exitWad', bidding({ lines: [LINE, { ...LINE, exitWad: -1n }] })],
    ['lines[0].class', bidding({ lines: [{ ...LINE, class: -1n }] })],
    ['protocols[0].requirementWad', bidding({ protocols: [{ ...PROTOCOL, requirementWad: -1n }] })],
    ['protocols[1].burdenWad', bidding({ protocols: [PROTOCOL, { ...PROTOCOL, burdenWad: -1n }] })],
    ['protocols[0].reservedWad', bidding({ protocols: [{ ...PROTOCOL, reservedWad: -1n }] })],
    ['otherExitWad', bidding({ otherExitWad: -1n })],
    ['clockS', bidding({}, { clockS: -1n })],
    ['shareMaxWad', bidding({}, { shareMaxWad: -1n })],
    ['dustWad', bidding({}, { dustWad: -1n })],
  ])('a negative %s', (name, bid) => {
    expect(bid).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE', message: `${name} is -1; expected 0 or more` }),
    );
  });

  it('a class or a share that does not exist', () => {
    expect(bidding({ lines: [{ ...LINE, class: 4n }] })).toThrow('lines[0].class is 4; expected at most 3');
    const share = 'shareMaxWad is 1000000000000000001; expected at most 1000000000000000000';
    expect(bidding({}, { shareMaxWad: WAD + 1n })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE', message: share }),
    );
  });

  it('what does not fit together, though not before what is out of range', () => {
    expect(bidding({}, { protocol: 1 })).toThrow(
      expect.objectContaining({
        code: 'INCONSISTENT_INPUT',
        message: 'protocol is 1; expected a place among 1 protocols',
      }),
    );
    expect(bidding({ protocols: [] })).toThrow('protocol is 0; expected a place among 0 protocols');
    expect(bidding({ lines: [LINE, { ...LINE, grossWad: 9n, exitWad: 10n }] })).toThrow(
      expect.objectContaining({
        code: 'INCONSISTENT_INPUT',
        message: 'lines[1].exitWad is 10; expected at most its gross value, 9',
      }),
    );
    expect(bidding({}, { protocol: 1, dustWad: -1n })).toThrow('dustWad is -1');
  });

  it.each([
    ['lines[0].grossWad', bidding({ lines: [{ ...LINE, grossWad: over }] })],
    ['protocols[0].reservedWad', bidding({ protocols: [{ ...PROTOCOL, reservedWad: over }] })],
    ['the sum of gross values', bidding({ lines: [{ ...LINE, grossWad: over - 1n }, LINE] })],
    ['the sum of exit values', bidding({ otherExitWad: over - 1n })],
    [
      'the sum of requirements',
      bidding({
        protocols: [
          { ...PROTOCOL, requirementWad: over - 1n },
          { ...PROTOCOL, requirementWad: 1n },
        ],
      }),
    ],
    [
      'the sum of burdens',
      bidding({
        protocols: [
          { ...PROTOCOL, burdenWad: over - 1n },
          { ...PROTOCOL, burdenWad: 1n },
        ],
      }),
    ],
    [
      'the cost of the whole burden',
      bidding({ protocols: [{ ...PROTOCOL, burdenWad: over / 50n }], isFinal: false }, { clockS: 30_000n }),
    ],
  ])('%s beyond 2^127 - 1', (name, bid) => {
    expect(bid).toThrow(
      expect.objectContaining({ code: 'UNDEFINED_RESULT', message: expect.stringMatching(/^the |\[0\]/) }),
    );
    expect(bid).toThrow(`${name} is `);
    expect(bid).toThrow('an auction computes up to 2^127 - 1');
  });

  it('nothing at the limits themselves', () => {
    const lines = [{ class: 3n, grossWad: AUCTION_FIGURE_MAX, exitWad: AUCTION_FIGURE_MAX }];
    expect(bidding({ lines }, { shareMaxWad: 0n })).not.toThrow();
    const most = { ...PROTOCOL, requirementWad: AUCTION_FIGURE_MAX, burdenWad: AUCTION_FIGURE_MAX };
    expect(bidding({ protocols: [most], isFinal: false }, { clockS: 0n })).not.toThrow();
  });
});
