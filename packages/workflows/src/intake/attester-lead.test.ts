import type { Address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { AttesterLead } from './attester-lead.js';

const mark = (name: string, count: bigint, asOf: bigint) => ({ address: name as Address, count, asOf });

describe('an attester is behind', () => {
  it('since the first statement of another that it has not matched, and no more once it has', () => {
    const lead = new AttesterLead([], 0);
    lead.note(mark('a', 5n, 100n), 1_000);
    lead.note(mark('a', 6n, 110n), 9_000);
    expect(lead.behindMs(mark('b', 5n, 100n), 12_000)).toBe(3_000);
    expect(lead.behindMs(mark('b', 4n, 90n), 12_000)).toBe(11_000);
    lead.note(mark('b', 6n, 110n), 12_000);
    expect([lead.behindMs(mark('b', 6n, 110n), 60_000), lead.behindMs(mark('a', 6n, 110n), 60_000)]).toEqual([0, 0]);
  });

  it('since the start of the process, if it was behind before', () => {
    const lead = new AttesterLead([mark('a', 6n, 110n), mark('b', 5n, 100n)], 1_000);
    expect(lead.behindMs(mark('b', 5n, 100n), 4_000)).toBe(3_000);
  });

  it('in nothing of before it became a member', () => {
    const lead = new AttesterLead([mark('a', 6n, 110n)], 1_000);
    lead.note(mark('a', 6n, 199n), 5_000);
    expect(lead.behindMs(mark('new', 0n, 0n), 60_000, 200n)).toBe(0);
    lead.note(mark('a', 6n, 200n), 70_000);
    expect(lead.behindMs(mark('new', 0n, 0n), 72_000, 200n)).toBe(2_000);
  });

  it('since it was last heard, if more happened than is remembered; one frame behind a busy journal is little', () => {
    const lead = new AttesterLead([], 0);
    lead.note(mark('b', 1n, 1n), 500);
    for (let at = 2n; at < 200n; at++) lead.note(mark('a', at, at), Number(at) * 1_000);
    expect(lead.behindMs(mark('b', 1n, 1n), 200_000)).toBe(199_500);
    expect(lead.behindMs(mark('c', 198n, 198n), 200_000)).toBe(1_000);
  });
});
