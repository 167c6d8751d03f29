import { type SignedPoint, formatPoint } from '@surety/attestation';
import { address, blockHash, bytes32, chainId } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { parsePoints } from './signed-point.js';

const point: SignedPoint = {
  signer: address(`0x${'aa'.repeat(20)}`),
  domain: { chainId: chainId(900), verifyingContract: address(`0x${'5e'.repeat(20)}`) },
  statement: {
    edge: bytes32(`0x${'ed'.repeat(32)}`),
    count: 7n,
    tip: 9n,
    head: bytes32(`0x${'4e'.repeat(32)}`),
    blockNumber: 64n,
    blockHash: blockHash(`0x${'bb'.repeat(32)}`),
    asOf: 1_700_000_000n,
    epoch: 3,
  },
  signature: `0x${'01'.repeat(65)}`,
};
const written = formatPoint(point) as { statement: object };
const parse = (change: object): unknown => parsePoints(JSON.stringify({ ...written, ...change }), 'a.json');

describe('the file of a signed point', () => {
  it('gives back what was signed, by whom and for which verifier', () => {
    expect(parse({})).toEqual([point]);
  });

  it('holds all that a watcher serves', () => {
    const served = (points: readonly object[]): unknown => parsePoints(JSON.stringify({ points }), 'a.json');
    const later = { ...point, statement: { ...point.statement, blockNumber: 72n } };
    expect(served([point, later].map(formatPoint))).toEqual([point, later]);
    expect(() => served([written, { ...written, signer: '0x12' }])).toThrow('a.json.points[1].signer');
    expect(() => served([])).toThrow('a.json holds no point');
  });

  it('is refused if it is no JSON, or a field is not there, not its kind or not known', () => {
    expect(() => parsePoints('{', 'a.json')).toThrow(expect.objectContaining({ code: 'NOT_JSON' }));
    for (const lie of [
      { signer: '0x12' },
      { statement: { ...written.statement, head: undefined } },
      { statement: { ...written.statement, count: '-1' } },
      { generation: 1 },
    ])
      expect(() => parse(lie)).toThrow(/a\.json/);
    expect(() => parse({ signature: '0x01' })).toThrow(/65/);
  });
});
