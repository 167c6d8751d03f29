import { beforeEach, describe, expect, it } from 'vitest';
import type { Comparison, Drift, DriftPart } from '../ports/drift.js';
import { DriftBoard } from './drift-board.js';

const LAYERZERO: DriftPart = { kind: 'witness', name: 'layerzero' };
const POLICY: DriftPart = { kind: 'policy' };
const differs = (part: DriftPart, seen = '2'): Drift => ({ path: 'here', seen, expected: '1', part });
const SAME: Comparison = { drift: [], unread: [] };
const silent = (part: DriftPart): Comparison => ({
  drift: [],
  unread: [{ path: 'there', detail: 'nobody answered', part }],
});

let board: DriftBoard;
beforeEach(() => {
  board = new DriftBoard([{ source: 1, name: 'alpha', witnesses: ['layerzero', 'wormhole'] }]);
});
const states = () => ({
  source: board.ofSource(1).state,
  layerzero: board.ofWitness(1, 'layerzero').state,
  wormhole: board.ofWitness(1, 'wormhole').state,
  policy: board.ofPolicy(1).state,
});

describe('what was not read', () => {
  it('is unknown before the first comparison, and for an unconfigured source', () => {
    expect(states()).toEqual({ source: 'unknown', layerzero: 'unknown', wormhole: 'unknown', policy: 'unknown' });
    expect(board.ofSource(2).state).toBe('unknown');
    expect(() => board.tell(2, SAME, 1)).toThrow('source 2 is not on the board');
  });

  it('becomes unknown again, with the time of its last answer, and leaves the other parts unchanged', () => {
    board.tell(1, SAME, 5);
    board.tell(1, silent(LAYERZERO), 6);
    expect(states()).toEqual({ source: 'unknown', layerzero: 'unknown', wormhole: 'same', policy: 'same' });
    expect(board.ofWitness(1, 'layerzero').comparedAtMs).toBe(5);
    expect(board.ofWitness(1, 'wormhole').comparedAtMs).toBe(6);
    expect(board.reasons()).toEqual([
      { code: 'WITNESS_UNKNOWN', detail: 'source 1 (alpha): there could not be compared: nobody answered' },
    ]);
  });

  it('keeps the differences that were seen last', () => {
    board.tell(1, { drift: [differs(LAYERZERO)], unread: [] }, 5);
    expect(board.tell(1, silent(LAYERZERO), 6)).toEqual([]);
    expect(board.ofWitness(1, 'layerzero')).toEqual({
      state: 'drifted',
      drift: [differs(LAYERZERO)],
      comparedAtMs: 5,
    });
    board.tell(1, SAME, 7);
    expect(states()).toEqual({ source: 'same', layerzero: 'same', wormhole: 'same', policy: 'same' });
  });
});

describe('a difference', () => {
  it('belongs to its witness, and to its source', () => {
    board.tell(1, { drift: [differs(LAYERZERO)], unread: [] }, 5);
    expect(states()).toEqual({ source: 'drifted', layerzero: 'drifted', wormhole: 'same', policy: 'same' });
    expect(board.reasons()).toEqual([
      { code: 'WITNESS_DRIFT', detail: 'source 1 (alpha): here: seen 2; expected 1; see surety config diff' },
    ]);
  });

  it('of the policy belongs to no witness', () => {
    board.tell(1, { drift: [differs(POLICY)], unread: [] }, 5);
    expect(states()).toEqual({ source: 'drifted', layerzero: 'same', wormhole: 'same', policy: 'drifted' });
  });

  it('is new once, and again when the chain’s value changes', () => {
    const told = [differs(LAYERZERO), differs(LAYERZERO), differs(LAYERZERO, '3')].map((one) =>
      board.tell(1, { drift: [one], unread: [] }, 5).map(({ seen }) => seen),
    );
    expect(told).toEqual([['2'], [], ['3']]);
  });

  it('among several is named first, with how many there are', () => {
    const second = { ...differs(POLICY), path: 'elsewhere' };
    board.tell(1, { drift: [differs(LAYERZERO), second], unread: [] }, 5);
    expect(board.reasons()[0]?.detail).toContain('expected 1 and 1 more');
  });
});
