import { describe, expect, it } from 'vitest';
import { firstUnlessRefused } from '../terminal/each-unless-ended.js';
import { operatorError } from '../errors.js';
import { groupByMember } from './evidence.js';

type Judged = Parameters<typeof groupByMember>[0][number];

/** A piece of evidence that is true or not, as it was judged for a verifier. */
const piece = (signer: string, count: bigint, contract = 'one'): Judged =>
  ({
    evidence: { signer, count },
    verifier: { target: { contract, chain: { chainId: 900 } } },
    isKnown: false,
  }) as unknown as Judged;

/** The verifier takes the piece of count 1 alone. */
async function prove({ evidence }: Judged): Promise<bigint> {
  if (evidence.count === 1n) return evidence.count;
  throw operatorError('ACT_REFUSED', `EvidenceAgrees of ${evidence.count}`);
}

describe('evidence of one member', () => {
  it('is all tried until a piece is taken, wherever the true one stands', async () => {
    for (const counts of [
      [1n, 2n],
      [2n, 1n],
      [2n, 3n, 1n, 4n],
    ]) {
      const [pieces, ...others] = groupByMember(counts.map((count) => piece('ann', count)));
      expect([pieces?.length, others.length]).toEqual([counts.length, 0]);
      const taken = pieces === undefined ? undefined : await firstUnlessRefused(pieces, 'ACT_REFUSED', prove);
      expect(taken).toBe(1n);
    }
  });

  it('is refused with the reason of the last, and ends at any other failure', async () => {
    const both = [piece('ann', 2n), piece('ann', 3n)] as const;
    await expect(firstUnlessRefused(both, 'ACT_REFUSED', prove)).rejects.toThrowError('EvidenceAgrees of 3');
    const declined = firstUnlessRefused(both, 'ACT_REFUSED', async ({ evidence }) => {
      throw operatorError('DECLINED', `asked about ${evidence.count}`);
    });
    await expect(declined).rejects.toThrowError('asked about 2');
  });

  it('stays apart from that of another member, and of another verifier', () => {
    const groups = groupByMember([piece('ann', 1n), piece('bob', 1n), piece('ann', 2n, 'two'), piece('ann', 3n)]);
    expect(groups.map((pieces) => pieces.map(({ evidence }) => evidence.count))).toEqual([[1n, 3n], [1n], [2n]]);
  });
});
