import type { EdgeView } from '@surety/client';
import { describe, expect, it } from 'vitest';
import { judgeEdge } from './judge-edge.js';

const NOW_S = 1_800_000_000;

/** An edge of four attesters; `changed` replaces what one of them has said. */
function edgeOf(changed: readonly Partial<EdgeView['attesters'][number]>[] = []): EdgeView {
  const attesters = ['1', '2', '3', '4'].map((digit, at) => ({
    address: `0x${digit.repeat(40)}`,
    count: 7n,
    asOf: BigInt(NOW_S - 20),
    lagS: 20,
    behindS: 0,
    ...changed[at],
  }));
  return { source: 1, direction: 'to-ledger', local: false, attesters } as unknown as EdgeView;
}

describe('the attesters of an edge', () => {
  it('are well if all keep up, and nobody is judged where nobody signs', () => {
    expect(judgeEdge(edgeOf())).toEqual([
      { check: 'attesters of source 1 to-ledger', result: 'ok', detail: '4 of 4 up to date, 3 needed' },
    ]);
    expect(judgeEdge({ ...edgeOf(), local: true })).toEqual([]);
  });

  it('need a repair if a key posts from two processes, though all keep up', () => {
    expect(judgeEdge(edgeOf([{}, { twice: true }]))).toMatchObject([
      {
        result: 'fail',
        detail: expect.stringMatching(
          /; 0x2{40} posts from two processes: stop one, docs.RUNBOOKS.11-attester-store/,
        ) as string,
      },
    ]);
  });

  it('need a look if one is late, and a repair if too few are left', () => {
    const late = { behindS: 45, count: 6n };
    expect(judgeEdge(edgeOf([late]))[0]?.result).toBe('warn');
    expect(judgeEdge(edgeOf([late, late]))[0]?.result).toBe('fail');
  });
});
