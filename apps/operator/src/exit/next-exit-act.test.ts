import { describe, expect, it } from 'vitest';
import { exitStateOf } from '../testing/exit-state.js';
import { claimParts } from './exit-claim.js';
import { EXIT_SILENCE_S, nextExitAct } from './next-exit-act.js';

const announced = { announcedAt: 3_000_000n, openableAt: 3_604_800n } as const;
const proven = { ...announced, provenAt: 3_700_000n } as const;

describe('the next act of an exit', () => {
  it.each([
    ['a vault that never accepted a statement', { asOf: 0n }, { kind: 'never' }],
    ['no announcement', {}, { kind: 'announce', fromS: 1_000n + EXIT_SILENCE_S }],
    ['the last second of the notice', { ...announced, nowS: 3_604_799n }, { kind: 'wait', untilS: 3_604_800n }],
    ['the end of the notice', { ...announced, nowS: 3_604_800n }, { kind: 'prove' }],
    ['a replica short of the proven count', { ...proven, count: 4n }, { kind: 'replay' }],
    ['a replica past the proven count', { ...proven, count: 2n }, { kind: 'prove' }],
    ['an open exit', { ...proven, count: 3n, openedAt: 3_700_000n }, { kind: 'claim' }],
  ] as const)('after %s', (_, changes, next) => {
    expect(nextExitAct(exitStateOf(changes))).toEqual(next);
  });
});

describe('the parts of a claim', () => {
  it('sum to it, and none is above the largest payment', () => {
    expect(claimParts(0n, 40n)).toEqual([]);
    expect(claimParts(80n, 40n)).toEqual([40n, 40n]);
    expect(claimParts(81n, 40n)).toEqual([40n, 40n, 1n]);
  });
});
