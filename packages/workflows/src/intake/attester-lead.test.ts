import type { Address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { AttesterLead } from './attester-lead.js';

const mark = (name: string, count: bigint, asOf: bigint) => ({ address: name as Address, count, asOf });
const setOf = (names: string, quorum: number) => ({ members: names.split('') as Address[], quorum });
/** Both must sign, so one of them leads. */
const PAIR = setOf('ab', 2);
const pair = { set: PAIR, since: 0n };

describe('an attester is behind', () => {
  it('since the first statement of another that it has not matched, and no more once it has', () => {
    const lead = new AttesterLead([], 0);
    lead.note(mark('a', 5n, 100n), PAIR, 1_000);
    lead.note(mark('a', 6n, 110n), PAIR, 9_000);
    expect(lead.behindMs(mark('b', 5n, 100n), 12_000, pair)).toBe(3_000);
    expect(lead.behindMs(mark('b', 4n, 90n), 12_000, pair)).toBe(11_000);
    lead.note(mark('b', 6n, 110n), PAIR, 12_000);
    expect([
      lead.behindMs(mark('b', 6n, 110n), 60_000, pair),
      lead.behindMs(mark('a', 6n, 110n), 60_000, pair),
    ]).toEqual([0, 0]);
  });

  it('since the start of the process, if it was behind before', () => {
    const lead = new AttesterLead([mark('a', 6n, 110n), mark('b', 5n, 100n)], 1_000);
    expect(lead.behindMs(mark('b', 5n, 100n), 4_000, pair)).toBe(3_000);
  });

  it('in nothing of before it became a member', () => {
    const lead = new AttesterLead([mark('a', 6n, 110n)], 1_000);
    lead.note(mark('a', 6n, 199n), PAIR, 5_000);
    expect(lead.behindMs(mark('new', 0n, 0n), 60_000, { set: PAIR, since: 200n })).toBe(0);
    lead.note(mark('a', 6n, 200n), PAIR, 70_000);
    expect(lead.behindMs(mark('new', 0n, 0n), 72_000, { set: PAIR, since: 200n })).toBe(2_000);
  });

  it('since it was last heard, if more happened than is remembered; one frame behind a busy journal is little', () => {
    const lead = new AttesterLead([], 0);
    lead.note(mark('b', 1n, 1n), PAIR, 500);
    for (let at = 2n; at < 200n; at++) lead.note(mark('a', at, at), PAIR, Number(at) * 1_000);
    expect(lead.behindMs(mark('b', 1n, 1n), 200_000, pair)).toBe(199_500);
    expect(lead.behindMs(mark('c', 198n, 198n), 200_000, pair)).toBe(1_000);
  });

  it('only in what n - k + 1 present members have signed, whatever one of them or a former one signs', () => {
    const set = setOf('abcd', 3);
    const of = { set, since: 0n };
    const lead = new AttesterLead([mark('gone', 2n ** 63n, 2n ** 40n), mark('d', 2n ** 63n, 2n ** 40n)], 0);
    expect(lead.behindMs(mark('a', 0n, 0n), 9_000, of)).toBe(0);
    lead.note(mark('a', 5n, 100n), set, 10_000);
    expect([lead.behindMs(mark('a', 5n, 100n), 60_000, of), lead.behindMs(mark('b', 4n, 90n), 60_000, of)]).toEqual([
      0, 50_000,
    ]);
  });
});
