import type { StateHashView } from '@surety/client';
import { bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { compareStateHashes } from './compare-state-hashes.js';

const word = (digit: string) => bytes32(`0x${digit.repeat(64)}`);

/** A hash over blocks, written as chain, height and a digit of the block's hash. */
const view = (hash: string, ...blocks: readonly (readonly [chainId: number, height: bigint, digit: string])[]) =>
  ({
    hash: word(hash),
    chains: blocks.map(([chainId, height, digit]) => ({ chainId, height, hash: word(digit) })),
  }) as unknown as StateHashView;
const at = (...hashes: readonly (StateHashView | null | undefined)[]) =>
  compareStateHashes(hashes.map((stateHash, place) => ({ url: `http://${place}`, stateHash }))).map(
    ({ check, result, detail }) => [check.slice(-1), result, detail.slice(0, 40)],
  );
const mine = view('a', [900, 40n, '1'], [901, 7n, '2']);

describe('state hashes of several aggregators', () => {
  it('are compared where all blocks are equal, with the first that has one', () => {
    expect(at(undefined, null, mine, mine)).toEqual([['3', 'ok', 'the same as at http://2']]);
    const [[, result, detail] = []] = at(mine, view('b', [901, 7n, '2'], [900, 40n, '1']));
    expect([result, detail]).toEqual(['fail', `${word('b')} at the`.slice(0, 40)]);
  });

  it('say nothing at other heights, or of fewer chains', () => {
    expect(at(mine, view('b', [900, 41n, '1'], [901, 7n, '2']))).toEqual([
      ['1', 'ok', 'at other blocks than http://0 now, so no'],
    ]);
    expect(at(mine, view('b', [900, 40n, '1']))[0]?.[1]).toBe('ok');
    expect(at(view('b', [900, 40n, '1']), mine)[0]?.[1]).toBe('ok');
  });

  it('name who follows another branch, also where other chains are at other heights', () => {
    expect(at(mine, view('b', [900, 40n, '9'], [901, 8n, '2']))).toEqual([
      ['1', 'fail', 'it follows another branch of chain 900 t'],
    ]);
  });

  it('need two', () => {
    expect([at(), at(mine), at(null, undefined)]).toEqual([[], [], []]);
  });
});
