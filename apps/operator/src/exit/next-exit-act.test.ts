import { describe, expect, it } from 'vitest';
import { exitStateOf } from '../testing/exit-state.js';
import { claimParts } from './exit-claim.js';
import { EXIT_SILENCE_S, nextExitAct, requireOpenable } from './next-exit-act.js';
import { tellNextExit } from './tell-exit.js';

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
    expect(nextExitAct({ source: 1 }, exitStateOf(changes))).toEqual(next);
  });

  it.each([
    ['no announcement', {}],
    ['no statement', { asOf: 0n }],
    ['an announcement', announced],
    ['a proof', proven],
  ] as const)('is none on the ledger’s own chain after %s', (_, changes) => {
    const next = nextExitAct({ source: 0 }, exitStateOf(changes));
    expect([next.kind, tellNextExit(next)]).toEqual([
      'needless',
      'nothing: this vault is on the ledger’s own chain; release at the ledger (surety release), which no attester can stop',
    ]);
  });
});

describe('the opening of an exit', () => {
  it.each([
    ['needless', 'the vault of home is on the ledger’s own chain; expected one that attesters serve: release at the'],
    ['never', 'the vault of home never accepted a statement; expected one: without an anchor block nothing can be'],
  ] as const)('is refused where it is %s, and nothing is sent', (kind, message) => {
    const refused: unknown = expect.objectContaining({
      code: 'EXIT_REFUSED',
      message: expect.stringMatching(new RegExp(`^${message}.*nothing was sent$`)),
    });
    expect(() => requireOpenable({ kind }, 'home')).toThrow(refused);
  });

  it.each([
    { kind: 'announce', fromS: 1n },
    { kind: 'wait', untilS: 1n },
    { kind: 'prove' },
    { kind: 'replay' },
    { kind: 'claim' },
  ] as const)('is not refused where the next act is $kind', (next) => {
    expect(() => requireOpenable(next, 'home')).not.toThrow();
  });
});

describe('the parts of a claim', () => {
  it('sum to it, and none is above the largest payment', () => {
    expect([...claimParts(0n, 40n)]).toEqual([]);
    expect([...claimParts(80n, 40n)]).toEqual([40n, 40n]);
    expect([...claimParts(81n, 40n)]).toEqual([40n, 40n, 1n]);
    expect([...claimParts(1_000n, 1n)]).toHaveLength(1_000);
  });

  it('are refused before the first where a limit of next to nothing would make millions of them', () => {
    expect(() => claimParts(1_000_000_000_000n, 75n)).toThrow(
      /would take 13333333334 parts of at most 75 token units/u,
    );
    expect(() => claimParts(1_001n, 1n)).toThrow(
      /would take 1001 parts .* expected at most 1000; nothing of it was sent/u,
    );
  });
});
