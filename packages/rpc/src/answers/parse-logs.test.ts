import { expect, it } from 'vitest';
import { parseLogs } from './parse-logs.js';

const word = `0x${'11'.repeat(32)}`;
const filter = { address: `0x${'aa'.repeat(20)}`, topics: [], fromBlock: 1n, toBlock: 1n };

/** Parses one log at an index. */
const parseAt = (logIndex: string): number | undefined => {
  const place = { blockNumber: '0x1', blockHash: word, transactionHash: word, logIndex };
  return parseLogs([{ address: filter.address, topics: [word], data: '0x', ...place }], filter, 10)[0]?.logIndex;
};

it('takes a log’s index up to 31 bits', () => {
  expect(parseAt('0x0')).toBe(0);
  expect(parseAt('0x7fffffff')).toBe(2 ** 31 - 1);
});

it.each(['0x80000000', '0x100000000', '0x1fffffffffffff'])(
  'refuses the index %s, which no aggregator takes and no column holds',
  (logIndex) => {
    expect(() => parseAt(logIndex)).toThrowError(
      expect.objectContaining({ code: 'BAD_RESPONSE', message: expect.stringContaining('below 2^31') as string }),
    );
  },
);
