import { describe, expect, it } from 'vitest';
import { ATTESTER_GRACE_S, ATTESTER_SILENT_S, judgeAttesters } from './attester-standing.js';

const NOW_S = 1_000_000;
const heard = (address: string, more: { count?: bigint; ageS?: number; behindS?: number } = {}) => ({
  address,
  count: more.count ?? 7n,
  asOf: BigInt(NOW_S - (more.ageS ?? 20)),
  behindS: more.behindS ?? 0,
});

describe('the attesters of an edge', () => {
  it('do not suffice when two of four miss what the others signed, and each is named', () => {
    const late = { count: 6n, behindS: ATTESTER_GRACE_S + 1 };
    const standing = judgeAttesters([heard('a'), heard('b'), heard('c', late), heard('d', late)], NOW_S);
    expect(standing).toMatchObject({ members: 4, current: 2, needed: 3, isAttested: false });
    expect(standing.late.map(({ address, count, lateS }) => [address, count, lateS])).toEqual([
      ['c', 6n, 11],
      ['d', 6n, 11],
    ]);
  });

  it('do not suffice when all are silent for longer than heartbeats and finality take, whatever they signed', () => {
    const all = ['a', 'b', 'c', 'd'];
    const at = (ageS: number) =>
      judgeAttesters(
        all.map((name) => heard(name, { ageS })),
        NOW_S,
      );
    expect(at(ATTESTER_SILENT_S)).toMatchObject({ current: 4, isAttested: true });
    expect(at(ATTESTER_SILENT_S + 1)).toMatchObject({ current: 0, isAttested: false });
  });

  it('include one that was never heard once others are, and suffice with one late of four', () => {
    const never = { ...heard('d'), count: 0n, asOf: 0n };
    const others = [heard('a'), heard('b'), heard('c', { behindS: ATTESTER_GRACE_S })];
    expect(judgeAttesters([...others, { ...never, behindS: 60 }], NOW_S)).toMatchObject({
      current: 3,
      isAttested: true,
      late: [{ address: 'd', lateS: null }],
    });
    const unsigned = ['a', 'b', 'c', 'd'].map((address) => ({ ...never, address }));
    expect(judgeAttesters(unsigned, NOW_S)).toMatchObject({ current: 4, late: [] });
  });
});
